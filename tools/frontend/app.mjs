// GOV.UK Frontend's own behaviour for the components we use, then ours. Everything works without it.
import { Button, CharacterCount, Checkboxes, ErrorSummary, ExitThisPage, Radios, SkipLink, createAll } from 'govuk-frontend'
import './roundtable.mjs'
import './autosave.mjs'

// Character counts speak the page's language: the templates give their sentences as attributes.
for (const component of [Button, CharacterCount, Checkboxes, ErrorSummary, ExitThisPage, Radios, SkipLink]) {
  createAll(component)
}
