// Our own behaviour, all of it a convenience: every page works without it.
document.body.classList.add('js-enabled', 'govuk-frontend-supported')

const all = (selector, root = document) => [...root.querySelectorAll(selector)]

// A menu closes when one looks elsewhere.
const menus = all('.rt-menu')
document.addEventListener('click', ({ target }) => {
  for (const menu of menus) if (menu.open && !menu.contains(target)) menu.open = false
})
document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return
  for (const menu of menus.filter((one) => one.open)) {
    menu.open = false
    menu.querySelector('summary').focus()
  }
})

// A text is written in its own direction as soon as there is a letter to tell.
for (const field of all('[data-dir]')) {
  field.addEventListener('input', () => {
    if (field.value.trim()) field.dir = 'auto'
    else field.removeAttribute('dir')
  })
}

// "Select all" of a table, and the number that is selected.
for (const box of all('[data-select-all]')) {
  const boxes = () => all(`input[type=checkbox][name="${box.dataset.selectAll}"]`, box.form || document)
  box.hidden = false
  box.addEventListener('change', () => {
    for (const one of boxes()) one.checked = box.checked
  })
}

for (const button of all('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

for (const button of all('[data-copy]')) {
  if (!navigator.clipboard) continue
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim())
    button.textContent = button.dataset.copied || button.textContent
  })
}

// Drafts save themselves: the form goes to the address in `data-autosave` a moment after the last key.
// The answer is JSON: `saying` for the line of state, and new values of hidden fields in `fields`.
for (const form of all('form[data-autosave]')) {
  const line = document.querySelector('[data-saved]')
  let timer = 0
  let changed = false
  const say = (text, failed) => {
    if (!line || !text) return
    line.textContent = text
    line.classList.toggle('rt-saved--not', failed)
  }
  const save = async () => {
    changed = false
    const body = new FormData(form)
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name)
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: 'POST',
        body: new URLSearchParams(body),
        headers: { Accept: 'application/json' },
        redirect: 'error',
      })
      const told = answer.headers.get('content-type')?.includes('json') ? await answer.json() : {}
      say(told.saying || (answer.ok ? '' : form.dataset.notSaved), !answer.ok)
      for (const [name, value] of Object.entries(told.fields || {})) {
        if (form.elements[name]) form.elements[name].value = value
      }
    } catch {
      changed = true
      say(form.dataset.notSaved, true)
    }
  }
  form.addEventListener('input', () => {
    changed = true
    clearTimeout(timer)
    timer = setTimeout(save, 2000)
  })
  window.addEventListener('online', () => changed && save())
  form.addEventListener('submit', () => {
    clearTimeout(timer)
    changed = false
  })
  window.addEventListener('beforeunload', (event) => {
    if (changed) event.preventDefault()
  })
}
