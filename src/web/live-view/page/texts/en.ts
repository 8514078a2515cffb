/** English; the other languages have to have every text that is here. */
export const en = {
  tag: "en",
  title: {
    connect: (store: string) => `Log in to ${store}`,
    handOff: (store: string) => `Finish at ${store}`,
    operator: (store: string) => `Operators: log in to ${store}`,
  },
  asks: {
    connect: (app: string, store: string) => `${app} asks you to log in to ${store}`,
    handOff: (app: string, store: string) => `${app} hands over to ${store}`,
    operator: (app: string, store: string) => `${app} asks you, its operator, to log in to ${store}`,
  },
  intro: {
    connect: {
      lead: (app: string, store: string) =>
        `${app} would like to connect your ${store} account. You log in once, here.`,
      page: (_app: string, store: string) =>
        `You see the page of ${store} itself, in a private browser that was opened for you alone.`,
      password: (app: string) =>
        `Your password goes to the store and to nobody else. ${app} never gets it, and nothing is recorded.`,
      kept: (app: string, store: string) =>
        `Your login is kept, locked away, and used only when ${app} does for you what you asked for at ${store}.`,
      stop: (app: string, store: string) =>
        `To stop, press Cancel: then nothing is kept. Later, you can disconnect ${store} in ${app} at any time.`,
    },
    handOff: {
      lead: (app: string, store: string) => `${app} has prepared this at ${store}. You look it over, and you decide.`,
      page: (_app: string, store: string) =>
        `You see the page of ${store} itself, in a private browser that was opened for you alone.`,
      password: (app: string) =>
        `What you type goes to the store and to nobody else. ${app} never gets it, and nothing is recorded.`,
      kept: (_app: string, store: string) =>
        `Nothing new is kept, and nothing is bought unless you buy it at ${store}.`,
      stop: (app: string, store: string) => `To stop, press Cancel. You can disconnect ${store} in ${app} at any time.`,
    },
    operator: {
      lead: (app: string, store: string) =>
        `This is for operators of ${app}: log in to ${store} with your own work account, as you do at your desk.`,
      page: (_app: string, store: string) =>
        `You see the page of ${store} itself, in a private browser that was opened for you alone.`,
      password: (app: string) =>
        `Your password goes to the store and to nobody else. ${app} never gets it, and nothing is recorded.`,
      kept: (app: string, store: string) =>
        `Your login at ${store} is kept, locked away until it ends, and used only when you stand in for a customer in ${app}.`,
      stop: (app: string, store: string) =>
        `To stop, press Cancel: then nothing is kept. Later, you can disconnect your login at ${store} in ${app} at any time.`,
    },
  },
  facts: { page: "Whose page", password: "Your password", kept: "What is kept", stop: "How to stop" },
  proceed: (store: string) => `Continue to ${store}`,
  about: "About this page",
  close: "Close",
  cancel: "Cancel",
  done: { connect: "I am logged in", handOff: "I am finished", operator: "I am logged in" },
  back: "Back",
  reload: "Reload",
  more: "More",
  paste: "Paste",
  copy: "Copy",
  secure: "Secure connection",
  insecure: "Not secure",
  tabs: "Windows of the store",
  closeTab: (title: string) => `Close ${title}`,
  untitled: "New window",
  stage: (store: string) => `Page of ${store}`,
  wayOut: "Keys go to the store's page. F6, or Esc twice, brings you back up here.",
  field: "Text field of the store's page",
  pages: { loading: (host: string) => `Loading ${host}`, loaded: (host: string) => `${host} is open` },
  connecting: "One moment",
  starting: (store: string) => `Opening ${store}…`,
  checking: { title: "Checking your login", body: "This takes a few seconds. You don't need to do anything." },
  connected: {
    connect: {
      title: "You are connected",
      body: (app: string, store: string) => `${app} can now use your login at ${store}. You can close this page.`,
    },
    handOff: {
      title: "All done",
      body: (app: string, _store: string) => `You can close this page and go back to ${app}.`,
    },
    operator: {
      title: "You are logged in",
      body: (app: string, store: string) =>
        `In ${app} you can now stand in for customers of ${store}. You can close this page.`,
    },
  },
  cancelled: {
    title: "Stopped",
    body: (app: string) => `Nothing was kept. You can close this page and go back to ${app}.`,
  },
  expired: {
    title: "Time is up",
    body: (app: string) => `To keep you safe, this page closed by itself, and nothing was kept. Start again in ${app}.`,
  },
  failed: {
    title: "This did not work",
    body: (app: string) => `Something went wrong on our side, and nothing was kept. Start again in ${app}.`,
  },
  /** A hand-off keeps its login, and what was bought there stays bought, however it ends. */
  handOff: {
    checking: { title: "One moment", body: "This takes a few seconds. You don't need to do anything." },
    cancelled: {
      title: "Stopped",
      body: (app: string, store: string) =>
        `If you have already paid at ${store}, your purchase stands. You can close this page and go back to ${app}.`,
    },
    expired: {
      title: "Time is up",
      body: (app: string, store: string) =>
        `To keep you safe, this page closed by itself. If you have already paid at ${store}, your purchase stands; if not, start again in ${app}.`,
    },
    failed: {
      title: "This did not work",
      body: (app: string, store: string) =>
        `Something went wrong on our side. If you have already paid at ${store}, your purchase stands; if not, start again in ${app}.`,
    },
    stop: "If you have already paid, your purchase stands.",
  },
  otherAccount: {
    title: "That is another account",
    body: (app: string, store: string) =>
      `It is not the ${store} account that is connected in ${app}, so nothing was kept or changed. Start again in ${app}, and log in with the connected account. To use the other one, disconnect ${store} in ${app} first.`,
  },
  revoked: {
    title: "This link has ended",
    body: (app: string) => `It was replaced by a newer link, or it was withdrawn. Go back to ${app}.`,
  },
  late: {
    title: "This link has expired",
    body: (app: string) => `To keep you safe, a link works for a short while only. Get a new one in ${app}.`,
  },
  used: {
    title: "This link was opened elsewhere",
    body: (app: string) =>
      `It works once, in the browser where it was opened first. If that was not you, start again in ${app}.`,
  },
  unknown: {
    title: "This link does not work",
    body: (app: string) => `Perhaps it was cut short on its way, or it is too old. Get a new one in ${app}.`,
  },
  theApp: "your app",
  theStore: "the store",
  lost: "The connection was lost. Trying again…",
  found: "Connected again.",
  retry: "Try now",
  idle: {
    title: "Are you still there?",
    body: (seconds: string) => `Nothing has happened for a while. This page closes in ${seconds}.`,
    stay: "I am still here",
  },
  expiring: (time: string) => `This page closes in ${time}.`,
  extend: "More time",
  endsAt: (time: string) => `This page stays open until ${time}.`,
  stopNow: { title: "Stop here?", body: "Nothing will be kept.", stop: "Stop", on: "Go on" },
  ok: "OK",
  says: (origin: string) => `${origin} says`,
  leave: { title: "Leave this page?", body: "What you have entered there may be lost.", leave: "Leave", stay: "Stay" },
  chooser: {
    title: "The store asks for a file",
    many: "The store asks for files",
    choose: "Choose",
    none: "Nothing chosen yet",
    send: "Send to the store",
    tooBig: "Too big: at most 10 MB.",
  },
  auth: {
    title: (host: string) => `${host} asks for a user name and a password`,
    user: "User name",
    password: "Password",
    send: "Log in",
  },
  picker: { title: "Choose a value", set: "Set" },
  pasteHere: {
    title: "Paste here",
    body: "Your browser does not let this page read what you copied.",
    send: "Send to the store",
  },
  copied: "Copied.",
  nothingCopied: "Nothing is selected.",
  copyHere: "Copy from here",
  tooLong: "That is too long to paste.",
  outline: {
    open: "Read the page as text",
    close: "Close the text",
    title: (store: string) => `${store} as text`,
    empty: "Nothing to read here yet.",
    fields: "field",
    states: {
      checked: "checked",
      unchecked: "not checked",
      mixed: "partly checked",
      disabled: "disabled",
      expanded: "open",
      collapsed: "closed",
      selected: "selected",
      required: "required",
      invalid: "wrong",
      pressed: "pressed",
      focused: "focused",
      readonly: "read only",
    },
  },
  otherNotice: "The store has not confirmed your login yet. Please look at its page, and try again.",
  /** By the code of a notice. */
  notices: {
    NOT_LOGGED_IN: "The store does not see you logged in yet. Please finish logging in.",
    OTHER_ACCOUNT: "This is another account than the one connected before. Log in with that account, or cancel.",
    STORE_UNAVAILABLE: "The store does not answer at the moment. Please try again shortly.",
    RATE_LIMITED: "The store asks for a little patience. Please try again in a minute.",
    REFUSED_BY_STORE: "The store does not let our browser in at the moment. Please try again later.",
    CHALLENGE_REQUIRED: "The store wants to be sure that it is you. Please answer what it asks.",
    INTERNAL: "Something went wrong on our side. Please try again.",
  },
};

/** Every text of the page, in one language. */
export type Texts = typeof en;
