/** Portuguese, as in Brazil. */
import type { Texts } from "./en.js";

export const pt: Texts = {
  tag: "pt-BR",
  title: {
    connect: (store) => `Entrar na sua conta ${store}`,
    handOff: (store) => `Concluir em ${store}`,
    operator: (store) => `Operadores: entrar em ${store}`,
  },
  asks: {
    connect: (app, store) => `${app} pede: entre na conta ${store}`,
    handOff: (app, store) => `${app} leva você para ${store}`,
    operator: (app, store) => `${app} pede: entre em ${store} como operador`,
  },
  intro: {
    connect: {
      lead: (app, store) => `${app} quer conectar a sua conta ${store}. Você entra uma única vez, aqui.`,
      page: (_app, store) => `A página é da própria loja, ${store}. Ela abre em um navegador privado, só para você.`,
      password: (app) =>
        `A sua senha vai para a loja e para mais ninguém. ${app} nunca recebe a senha, e nada é gravado.`,
      kept: (app, store) =>
        `O seu acesso fica guardado e protegido, e é usado somente quando ${app} faz por você o que você pediu em ${store}.`,
      stop: (app, store) =>
        `Para parar, escolha Cancelar: nada fica guardado. Depois, você pode desconectar ${store} em ${app} quando quiser.`,
    },
    handOff: {
      lead: (app, store) => `${app} deixou tudo preparado em ${store}. Você confere e decide.`,
      page: (_app, store) => `A página é da própria loja, ${store}. Ela abre em um navegador privado, só para você.`,
      password: (app) =>
        `O que você digita vai para a loja e para mais ninguém. ${app} não recebe nada disso, e nada é gravado.`,
      kept: (_app, store) => `Nada de novo fica guardado, e nada é comprado se você não comprar em ${store}.`,
      stop: (app, store) => `Para parar, escolha Cancelar. Você pode desconectar ${store} em ${app} quando quiser.`,
    },
    operator: {
      lead: (app, store) =>
        `Esta página é para operadores de ${app}: entre em ${store} com a sua própria conta de trabalho, como sempre.`,
      page: (_app, store) => `A página é da própria loja, ${store}. Ela abre em um navegador privado, só para você.`,
      password: (app) =>
        `A sua senha vai para a loja e para mais ninguém. ${app} nunca recebe a senha, e nada é gravado.`,
      kept: (app, store) =>
        `O seu acesso a ${store} fica guardado e protegido até terminar, e é usado somente quando você atende no lugar de um cliente em ${app}.`,
      stop: (app, store) =>
        `Para parar, escolha Cancelar: nada fica guardado. Depois, você pode desconectar o seu acesso a ${store} em ${app} quando quiser.`,
    },
  },
  facts: { page: "De quem é a página", password: "A sua senha", kept: "O que fica guardado", stop: "Como parar" },
  proceed: (store) => `Continuar para ${store}`,
  about: "Sobre esta página",
  close: "Fechar",
  cancel: "Cancelar",
  done: { connect: "Já entrei", handOff: "Terminei", operator: "Já entrei" },
  back: "Voltar",
  reload: "Recarregar",
  more: "Mais",
  paste: "Colar",
  copy: "Copiar",
  secure: "Conexão segura",
  insecure: "Não seguro",
  tabs: "Janelas da loja",
  closeTab: (title) => `Fechar ${title}`,
  untitled: "Nova janela",
  stage: (store) => `Página de ${store}`,
  wayOut: "As teclas vão para a página da loja. F6, ou Esc duas vezes, traz você de volta aqui.",
  field: "Campo de texto da página da loja",
  pages: { loading: (host) => `Carregando ${host}`, loaded: (host) => `${host} está aberta` },
  connecting: "Um momento",
  starting: (store) => `Abrindo ${store}…`,
  checking: { title: "Verificando o seu login", body: "Leva alguns segundos. Você não precisa fazer nada." },
  connected: {
    connect: {
      title: "Conta conectada",
      body: (app, store) => `${app} já pode usar a sua conta ${store}. Você pode fechar esta página.`,
    },
    handOff: { title: "Tudo pronto", body: (app) => `Você pode fechar esta página e voltar a ${app}.` },
    operator: {
      title: "Acesso conectado",
      body: (app, store) =>
        `Em ${app} você já pode atender no lugar de clientes de ${store}. Você pode fechar esta página.`,
    },
  },
  cancelled: {
    title: "Interrompido",
    body: (app) => `Nada foi guardado. Você pode fechar esta página e voltar a ${app}.`,
  },
  expired: {
    title: "O tempo acabou",
    body: (app) => `Para a sua segurança, esta página fechou sozinha e nada foi guardado. Comece de novo em ${app}.`,
  },
  failed: {
    title: "Não deu certo",
    body: (app) => `Algo falhou do nosso lado e nada foi guardado. Comece de novo em ${app}.`,
  },
  handOff: {
    checking: { title: "Um momento", body: "Leva alguns segundos. Você não precisa fazer nada." },
    cancelled: {
      title: "Interrompido",
      body: (app, store) =>
        `Se você já pagou em ${store}, a sua compra continua valendo. Você pode fechar esta página e voltar a ${app}.`,
    },
    expired: {
      title: "O tempo acabou",
      body: (app, store) =>
        `Para a sua segurança, esta página fechou sozinha. Se você já pagou em ${store}, a sua compra continua valendo; se não, comece de novo em ${app}.`,
    },
    failed: {
      title: "Não deu certo",
      body: (app, store) =>
        `Algo falhou do nosso lado. Se você já pagou em ${store}, a sua compra continua valendo; se não, comece de novo em ${app}.`,
    },
    stop: "Se você já pagou, a sua compra continua valendo.",
  },
  otherAccount: {
    title: "Esta é outra conta",
    body: (app, store) =>
      `Não é a conta ${store} que está conectada em ${app}; nada foi guardado nem alterado. Comece de novo em ${app} e entre com a conta conectada. Para usar a outra, desconecte primeiro ${store} em ${app}.`,
  },
  revoked: {
    title: "Este link não vale mais",
    body: (app) => `Ele foi substituído por um mais novo ou foi cancelado. Volte a ${app}.`,
  },
  late: {
    title: "Este link expirou",
    body: (app) => `Para a sua segurança, um link vale por pouco tempo. Peça um novo em ${app}.`,
  },
  used: {
    title: "Este link já foi aberto",
    body: (app) =>
      `Ele só funciona no navegador em que foi aberto primeiro. Se não foi você, comece de novo em ${app}.`,
  },
  unknown: {
    title: "Este link não funciona",
    body: (app) => `Talvez tenha chegado incompleto ou seja antigo demais. Peça um novo em ${app}.`,
  },
  theApp: "seu aplicativo",
  theStore: "sua loja",
  lost: "A conexão caiu. Tentando de novo…",
  found: "Conexão restabelecida.",
  retry: "Tentar agora",
  idle: {
    title: "Você ainda está aí?",
    body: (seconds) => `Faz algum tempo que nada acontece. Esta página fecha em ${seconds}.`,
    stay: "Ainda estou aqui",
  },
  expiring: (time) => `Esta página fecha em ${time}.`,
  extend: "Mais tempo",
  endsAt: (time) => `Esta página fica aberta até ${time}.`,
  stopNow: { title: "Parar aqui?", body: "Nada será guardado.", stop: "Parar", on: "Continuar" },
  ok: "OK",
  says: (origin) => `${origin} diz`,
  leave: {
    title: "Sair desta página?",
    body: "O que você preencheu nela pode se perder.",
    leave: "Sair",
    stay: "Ficar",
  },
  chooser: {
    title: "A loja pede um arquivo",
    many: "A loja pede arquivos",
    choose: "Escolher",
    none: "Nada escolhido ainda",
    send: "Enviar à loja",
    tooBig: "Grande demais: no máximo 10 MB.",
  },
  auth: {
    title: (host) => `${host} pede usuário e senha`,
    user: "Usuário",
    password: "Senha",
    send: "Entrar",
  },
  picker: { title: "Escolha um valor", set: "Usar" },
  pasteHere: {
    title: "Cole aqui",
    body: "O seu navegador não deixa esta página ler o que você copiou.",
    send: "Enviar à loja",
  },
  copied: "Copiado.",
  nothingCopied: "Nada está selecionado.",
  copyHere: "Copie daqui",
  tooLong: "É longo demais para colar.",
  outline: {
    open: "Ler a página como texto",
    close: "Fechar o texto",
    title: (store) => `${store} em texto`,
    empty: "Ainda não há nada para ler aqui.",
    fields: "campo",
    states: {
      checked: "marcado",
      unchecked: "não marcado",
      mixed: "marcado em parte",
      disabled: "desativado",
      expanded: "aberto",
      collapsed: "fechado",
      selected: "selecionado",
      required: "obrigatório",
      invalid: "inválido",
      pressed: "pressionado",
      focused: "em foco",
      readonly: "somente leitura",
    },
  },
  otherNotice: "A loja ainda não confirmou o seu login. Veja a página dela e tente de novo.",
  notices: {
    NOT_LOGGED_IN: "A loja ainda não reconhece o seu login. Termine de entrar, por favor.",
    OTHER_ACCOUNT: "Esta é outra conta, não a que estava conectada. Entre com aquela conta ou cancele.",
    STORE_UNAVAILABLE: "A loja não responde no momento. Tente de novo daqui a pouco.",
    RATE_LIMITED: "A loja pede um pouco de paciência. Tente de novo em um minuto.",
    REFUSED_BY_STORE: "A loja não deixa o nosso navegador entrar no momento. Tente de novo mais tarde.",
    CHALLENGE_REQUIRED: "A loja quer ter certeza de que é você. Responda ao que ela pede, por favor.",
    INTERNAL: "Algo falhou do nosso lado. Tente de novo, por favor.",
  },
};
