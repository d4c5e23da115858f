// Elements of the page, and how times and sizes are written.

const $ = (id) => document.getElementById(id)

/** Makes an element; text is always text, never markup. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'data') Object.assign(made.dataset, value)
    else if (name in made) made[name] = value
    else made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

/** `1.2 s`, `4 min 5 s`, `1 h 3 min`: short, and as exact as an eye wants it. */
function duration(ms) {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.floor(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 10) return `${minutes} m ${Math.floor(seconds % 60)} s`
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}

/** `640 B`, `12.3 kB`, `1.2 MB`. */
function size(bytes) {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** The time of day on this machine's clock, to the millisecond. */
function timeOfDay(iso) {
  const time = new Date(iso)
  const two = (number) => String(number).padStart(2, '0')
  const ms = String(time.getMilliseconds()).padStart(3, '0')
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`
}

/** JSON with line breaks, and anything else as it is. */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

let hiding
/** Says for some seconds what came of an action. */
function say(sentence, isBad = false) {
  const said = $('said')
  said.textContent = sentence
  said.toggleAttribute('data-bad', isBad)
  said.toggleAttribute('data-shown', true)
  clearTimeout(hiding)
  hiding = setTimeout(() => said.toggleAttribute('data-shown', false), isBad ? 8000 : 3500)
}

