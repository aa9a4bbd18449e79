// Drafts save themselves: a form goes to the address in `data-autosave` a moment after the last key.
// The answer is JSON: `saying` for the line of state, `fields` with new values of hidden fields and,
// when a colleague saved another text meanwhile (409), `html` with both texts. Then, and when nobody
// is signed in any longer, only the person goes on, by the form's own button.
// While there is no network the text is kept on this device, for this person, and sent afterwards.

const PAUSE = 1500
const AGAIN = 15000
const PREFIX = 'roundtable-draft:'
const DAYS = 7

const all = (selector, root = document) => [...root.querySelectorAll(selector)]
const line = document.querySelector('[data-saved]')

function say(text, failed = true) {
  if (!line || !text) return
  line.textContent = text
  line.classList.toggle('rt-saved--not', failed)
}

// -- what is kept on this device ----------------------------------------------------------------

// One place whatever the language of the page.
const placeOf = (address) => PREFIX + new URL(address, location).pathname.replace(/^\/\w\w\//, '/')

function keep(place, draft) {
  try {
    localStorage.setItem(place, JSON.stringify({ ...draft, at: Date.now() }))
    return true
  } catch {
    return false
  }
}

function read(place) {
  try {
    return JSON.parse(localStorage.getItem(place))
  } catch {
    return null
  }
}

function kept(place, who) {
  const draft = read(place)
  return draft && draft.who === who ? draft : null
}

function forget(place) {
  try {
    localStorage.removeItem(place)
  } catch {
    // Nothing is kept where nothing can be kept.
  }
}

function keptPlaces() {
  try {
    return Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))
  } catch {
    return []
  }
}

function forgetOld() {
  for (const place of keptPlaces()) {
    const draft = read(place)
    if (!draft || draft.at < Date.now() - DAYS * 86400000) forget(place)
  }
}

// -- a form and what is typed in it -------------------------------------------------------------

const pairsOf = (form) => [...new FormData(form)].filter(([name, value]) => name !== 'csrf' && typeof value === 'string')

function fill(form, pairs) {
  for (const field of form.elements) {
    if (!field.name || field.name === 'csrf' || field.type === 'submit') continue
    const values = pairs.filter(([name]) => name === field.name).map(([, value]) => value)
    if (field.type === 'radio' || field.type === 'checkbox') field.checked = values.includes(field.value)
    else if (values.length) field.value = values[0]
  }
  for (const details of all('details', form)) {
    if (all('textarea', details).some((field) => field.value)) details.open = true
  }
}

async function post(address, pairs) {
  const csrf = document.querySelector('input[name=csrf]').value
  const body = new URLSearchParams([...pairs, ['csrf', csrf]]).toString()
  const answer = await fetch(address, {
    method: 'POST',
    body,
    headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
    // What outlives its page may have 64 KB.
    keepalive: document.hidden && body.length < 60000,
  })
  // Whatever is not JSON of ours came from something in between: as good as no network.
  if (answer.status > 500) throw new Error(String(answer.status))
  return { status: answer.status, ok: answer.ok, told: await answer.json() }
}

class Autosave {
  constructor(form) {
    this.form = form
    this.place = placeOf(form.dataset.autosave)
    this.theirs = document.querySelector('[data-theirs]')
    this.changed = false // something is typed that is not on the server
    this.again = false // something was typed while the last request was on its way
    this.lost = null // what was sent and never answered: it may have arrived
    this.stopped = false // only the person goes on
    form.addEventListener('input', () => this.typed())
    form.addEventListener('submit', (event) => this.leave(event))
    window.addEventListener('online', () => this.save())
    setInterval(() => this.lost && this.save(), AGAIN)
    document.addEventListener('visibilitychange', () => document.hidden && this.save())
    window.addEventListener('beforeunload', (event) => {
      if (this.changed && !kept(this.place, form.dataset.who)) event.preventDefault()
    })
    this.restore()
  }

  typed() {
    this.changed = true
    if (this.flight) this.again = true
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), PAUSE)
  }

  // What an earlier visit kept comes back as it was typed, with the versions that were seen then.
  restore() {
    const draft = kept(this.place, this.form.dataset.who)
    if (!draft) return
    fill(this.form, draft.pairs)
    this.lost = draft.lost
    this.changed = true
    this.save()
  }

  save() {
    clearTimeout(this.timer)
    if (!this.changed || this.stopped) return this.flight
    this.flight ||= this.fly().finally(() => {
      this.flight = null
      if (this.again) this.typed()
      this.again = false
    })
    return this.flight
  }

  async fly() {
    try {
      // The same words once more change nothing, and give the versions to go on from.
      if (this.lost && !this.take(await this.send(this.lost))) return
      if (this.take(await this.send(pairsOf(this.form)))) this.changed = this.again
    } catch {
      this.lost = this.sent
      const draft = { who: this.form.dataset.who, page: location.href, pairs: pairsOf(this.form), lost: this.lost }
      say(keep(this.place, draft) ? this.form.dataset.noNetwork : this.form.dataset.notKept)
    }
  }

  async send(pairs) {
    this.sent = pairs
    const answer = await post(this.form.dataset.autosave, pairs)
    this.lost = null
    return answer
  }

  // Takes what the portal answered; returns whether it has saved.
  take({ ok, status, told }) {
    forget(this.place)
    for (const [name, value] of Object.entries(told.fields || {})) {
      if (this.form.elements[name]) this.form.elements[name].value = value
    }
    say(status === 401 ? this.form.dataset.signedOut : told.saying, !ok)
    if (told.html && this.theirs) this.theirs.innerHTML = told.html
    this.stopped = status === 401 || Boolean(told.html)
    return ok
  }

  // A button was pressed: what is on its way arrives first, and without a network one stays here.
  async leave(event) {
    const away = Boolean(this.lost) || !navigator.onLine
    if (!this.going && (this.flight || away)) {
      event.preventDefault()
      if (away) [this.changed, this.stopped] = [true, false]
      const before = this.stopped
      await this.save()
      if (this.lost || (away ? this.changed : this.stopped !== before)) return
      this.going = true
      this.form.requestSubmit(event.submitter)
      return
    }
    clearTimeout(this.timer)
    this.changed = false
    this.stopped = true
  }
}

// On the other pages of an answer: the way to what waits on this device.
function point(box) {
  const open = all('form[data-autosave]').map((form) => placeOf(form.dataset.autosave))
  const places = keptPlaces().filter((place) => place.startsWith(PREFIX + box.dataset.kept) && !open.includes(place))
  const drafts = places.map((place) => kept(place, box.dataset.who)).filter(Boolean)
  if (!drafts.length) return
  box.querySelector('a').href = drafts[0].page
  box.hidden = false
}

forgetOld()
for (const form of all('form[data-autosave]')) new Autosave(form)
for (const box of all('[data-kept]')) point(box)
