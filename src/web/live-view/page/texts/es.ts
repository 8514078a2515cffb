/** Spanish. */
import type { Texts } from "./en.js";

export const es: Texts = {
  tag: "es",
  title: {
    connect: (store) => `Entrar en ${store}`,
    handOff: (store) => `Terminar en ${store}`,
    operator: (store) => `Operadores: entrar en ${store}`,
  },
  asks: {
    connect: (app, store) => `${app} te pide entrar en ${store}`,
    handOff: (app, store) => `${app} te lleva a ${store}`,
    operator: (app, store) => `${app} te pide entrar en ${store} como operador`,
  },
  intro: {
    connect: {
      lead: (app, store) => `${app} quiere conectar tu cuenta de ${store}. Entras una sola vez, aquí.`,
      page: (_app, store) =>
        `La página es de la propia tienda, ${store}. Se abre en un navegador privado, solo para ti.`,
      password: (app) => `Tu contraseña va a la tienda y a nadie más. ${app} nunca la recibe, y no se graba nada.`,
      kept: (app, store) =>
        `Tu acceso se guarda bajo llave y se usa solo cuando ${app} hace por ti lo que pediste en ${store}.`,
      stop: (app, store) =>
        `Pulsa Cancelar y no se guarda nada. Después puedes desconectar ${store} en ${app} cuando quieras.`,
    },
    handOff: {
      lead: (app, store) => `${app} lo ha preparado en ${store}. Tú lo revisas y tú decides.`,
      page: (_app, store) =>
        `La página es de la propia tienda, ${store}. Se abre en un navegador privado, solo para ti.`,
      password: (app) => `Lo que escribes va a la tienda y a nadie más. ${app} nunca lo recibe, y no se graba nada.`,
      kept: (_app, store) => `No se guarda nada nuevo, y no se compra nada si no lo compras tú en ${store}.`,
      stop: (app, store) => `Pulsa Cancelar. Puedes desconectar ${store} en ${app} cuando quieras.`,
    },
    operator: {
      lead: (app, store) =>
        `Esta página es para operadores de ${app}: entra en ${store} con tu propia cuenta de trabajo, como siempre.`,
      page: (_app, store) =>
        `La página es de la propia tienda, ${store}. Se abre en un navegador privado, solo para ti.`,
      password: (app) => `Tu contraseña va a la tienda y a nadie más. ${app} nunca la recibe, y no se graba nada.`,
      kept: (app, store) =>
        `Tu acceso a ${store} se guarda bajo llave hasta que termine y se usa solo cuando atiendes en el lugar de un cliente en ${app}.`,
      stop: (app, store) =>
        `Pulsa Cancelar y no se guarda nada. Después puedes desconectar tu acceso a ${store} en ${app} cuando quieras.`,
    },
  },
  facts: { page: "De quién es la página", password: "Tu contraseña", kept: "Qué se guarda", stop: "Cómo cancelar" },
  proceed: (store) => `Ir a ${store}`,
  about: "Acerca de esta página",
  close: "Cerrar",
  cancel: "Cancelar",
  done: { connect: "Ya entré", handOff: "Terminé", operator: "Ya entré" },
  back: "Atrás",
  reload: "Recargar",
  more: "Más",
  paste: "Pegar",
  copy: "Copiar",
  secure: "Conexión segura",
  insecure: "No es seguro",
  tabs: "Ventanas de la tienda",
  closeTab: (title) => `Cerrar ${title}`,
  untitled: "Ventana nueva",
  stage: (store) => `Página de ${store}`,
  wayOut: "Las teclas van a la página de la tienda. F6, o Esc dos veces, te trae de vuelta aquí.",
  field: "Campo de texto de la página de la tienda",
  pages: { loading: (host) => `Cargando ${host}`, loaded: (host) => `${host} está abierta` },
  connecting: "Un momento",
  starting: (store) => `Abriendo ${store}…`,
  checking: { title: "Comprobando tu acceso", body: "Tarda unos segundos. No tienes que hacer nada." },
  connected: {
    connect: {
      title: "Cuenta conectada",
      body: (app, store) => `${app} ya puede usar tu cuenta de ${store}. Puedes cerrar esta página.`,
    },
    handOff: { title: "Todo listo", body: (app) => `Puedes cerrar esta página y volver a ${app}.` },
    operator: {
      title: "Acceso conectado",
      body: (app, store) =>
        `En ${app} ya puedes atender en el lugar de clientes de ${store}. Puedes cerrar esta página.`,
    },
  },
  cancelled: {
    title: "Cancelado",
    body: (app) => `No se guardó nada. Puedes cerrar esta página y volver a ${app}.`,
  },
  expired: {
    title: "Se acabó el tiempo",
    body: (app) => `Por tu seguridad, esta página se cerró sola y no se guardó nada. Empieza de nuevo en ${app}.`,
  },
  failed: {
    title: "No funcionó",
    body: (app) => `Algo falló de nuestro lado y no se guardó nada. Empieza de nuevo en ${app}.`,
  },
  handOff: {
    checking: { title: "Un momento", body: "Tarda unos segundos. No tienes que hacer nada." },
    cancelled: {
      title: "Cancelado",
      body: (app, store) =>
        `Si ya pagaste en ${store}, tu compra sigue en pie. Puedes cerrar esta página y volver a ${app}.`,
    },
    expired: {
      title: "Se acabó el tiempo",
      body: (app, store) =>
        `Por tu seguridad, esta página se cerró sola. Si ya pagaste en ${store}, tu compra sigue en pie; si no, empieza de nuevo en ${app}.`,
    },
    failed: {
      title: "No funcionó",
      body: (app, store) =>
        `Algo falló de nuestro lado. Si ya pagaste en ${store}, tu compra sigue en pie; si no, empieza de nuevo en ${app}.`,
    },
    stop: "Si ya pagaste, tu compra sigue en pie.",
  },
  otherAccount: {
    title: "Esta es otra cuenta",
    body: (app, store) =>
      `No es la cuenta de ${store} que está conectada en ${app}; no se guardó ni cambió nada. Empieza de nuevo en ${app} y entra con la cuenta conectada. Para usar la otra, desconecta primero ${store} en ${app}.`,
  },
  revoked: {
    title: "Este enlace ya no vale",
    body: (app) => `Fue sustituido por uno más nuevo o fue anulado. Vuelve a ${app}.`,
  },
  late: {
    title: "Este enlace caducó",
    body: (app) => `Por tu seguridad, un enlace vale poco tiempo. Pide uno nuevo en ${app}.`,
  },
  used: {
    title: "Este enlace ya se abrió",
    body: (app) => `Solo funciona en el navegador donde se abrió primero. Si no fuiste tú, empieza de nuevo en ${app}.`,
  },
  unknown: {
    title: "Este enlace no funciona",
    body: (app) => `Quizá llegó incompleto o es demasiado antiguo. Pide uno nuevo en ${app}.`,
  },
  theApp: "tu aplicación",
  theStore: "la tienda",
  lost: "Se perdió la conexión. Reintentando…",
  found: "Conexión restablecida.",
  retry: "Reintentar",
  idle: {
    title: "¿Sigues ahí?",
    body: (seconds) => `Hace un rato que no pasa nada. Esta página se cierra en ${seconds}.`,
    stay: "Sigo aquí",
  },
  expiring: (time) => `Esta página se cierra en ${time}.`,
  extend: "Más tiempo",
  endsAt: (time) => `Esta página sigue abierta hasta las ${time}.`,
  stopNow: { title: "¿Cancelar?", body: "No se guardará nada.", stop: "Sí, cancelar", on: "Continuar" },
  ok: "Aceptar",
  says: (origin) => `${origin} dice`,
  leave: {
    title: "¿Salir de esta página?",
    body: "Puede perderse lo que rellenaste en ella.",
    leave: "Salir",
    stay: "Quedarme",
  },
  chooser: {
    title: "La tienda pide un archivo",
    many: "La tienda pide archivos",
    choose: "Elegir",
    none: "Aún no has elegido nada",
    send: "Enviar a la tienda",
    tooBig: "Demasiado grande: como máximo 10 MB.",
  },
  auth: {
    title: (host) => `${host} pide usuario y contraseña`,
    user: "Usuario",
    password: "Contraseña",
    send: "Entrar",
  },
  picker: { title: "Elige un valor", set: "Usar" },
  pasteHere: {
    title: "Pega aquí",
    body: "Tu navegador no deja que esta página lea lo que copiaste.",
    send: "Enviar a la tienda",
  },
  copied: "Copiado.",
  nothingCopied: "No hay nada seleccionado.",
  copyHere: "Copia desde aquí",
  tooLong: "Es demasiado largo para pegarlo.",
  outline: {
    open: "Leer la página como texto",
    close: "Cerrar el texto",
    title: (store) => `${store} en texto`,
    empty: "Todavía no hay nada que leer aquí.",
    fields: "campo",
    states: {
      checked: "marcado",
      unchecked: "sin marcar",
      mixed: "marcado en parte",
      disabled: "desactivado",
      expanded: "abierto",
      collapsed: "cerrado",
      selected: "seleccionado",
      required: "obligatorio",
      invalid: "no válido",
      pressed: "pulsado",
      focused: "enfocado",
      readonly: "solo lectura",
    },
  },
  otherNotice: "La tienda todavía no confirmó tu acceso. Mira su página e inténtalo de nuevo.",
  notices: {
    NOT_LOGGED_IN: "La tienda todavía no reconoce tu acceso. Termina de entrar, por favor.",
    OTHER_ACCOUNT: "Esta es otra cuenta, no la que estaba conectada. Entra con aquella cuenta o cancela.",
    STORE_UNAVAILABLE: "La tienda no responde en este momento. Inténtalo de nuevo en un rato.",
    RATE_LIMITED: "La tienda pide un poco de paciencia. Inténtalo de nuevo en un minuto.",
    REFUSED_BY_STORE: "La tienda no deja entrar a nuestro navegador en este momento. Inténtalo más tarde.",
    CHALLENGE_REQUIRED: "La tienda quiere estar segura de que eres tú. Responde a lo que te pide, por favor.",
    INTERNAL: "Algo falló de nuestro lado. Inténtalo de nuevo, por favor.",
  },
};
