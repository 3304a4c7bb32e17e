// Times in the site's zone and the page's language.
const inZone = (timeZone, options) => new Intl.DateTimeFormat(document.documentElement.lang, { timeZone, ...options });
export const timeIn = (zone) => inZone(zone, { hour: "2-digit", minute: "2-digit" });
export const dateAndTimeIn = (zone) => inZone(zone, { dateStyle: "medium", timeStyle: "short" });
