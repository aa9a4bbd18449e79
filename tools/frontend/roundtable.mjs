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

// How many notices are unread, in the bar of every service: the one that knows is asked, and a failure is silence.
for (const mark of all('[data-unread]')) {
  fetch(mark.dataset.unread, { headers: { Accept: 'application/json' }, redirect: 'error' })
    .then((answer) => answer.json())
    .then(({ count, saying }) => {
      const [figure, words] = mark.children
      figure.textContent = count
      words.textContent = saying
      mark.hidden = !count
    })
    .catch(() => {})
}
