/** What tells Chromium itself which language it speaks: the emulated locale reaches scripts and requests, not the fields that it draws. */

/**
 * Dates, times and numbers in a page's own fields are written as in this locale (BCP 47, for example `pt-BR`). Chrome reads `LANGUAGE`
 * and has its words translated too; the headless shell, which brings English words only, reads `LC_MESSAGES`. `LANG` stays as it is:
 * file names are UTF-8 whatever the language. Throws RangeError for what is no locale.
 */
export function localeEnvironment(locale: string): Readonly<Record<string, string>> {
  const { language, region } = new Intl.Locale(locale);
  const posix = region === undefined ? language : `${language}_${region}`;
  return { LANGUAGE: posix, LC_MESSAGES: `${posix}.UTF-8` };
}
