// Builds shared/web/static from GOV.UK Frontend and our own layer. See README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'
import rtlcss from 'rtlcss'
import * as sass from 'sass'

const out = new URL('../../shared/web/static/', import.meta.url)
const here = (name) => new URL(name, import.meta.url).pathname
const version = JSON.parse(readFileSync(here('node_modules/govuk-frontend/package.json'))).version
const notice = `GOV.UK Frontend ${version}, (c) Crown copyright (Government Digital Service), MIT licence, adapted; with Roundtable. See licences.txt`

const base = sass.compile(here('base.scss'), {
  importers: [new sass.NodePackageImporter(here('.'))],
  quietDeps: true,
}).css
// The content policy forbids style attributes, so bars take their width from classes.
const widths = Array.from({ length: 101 }, (_, n) => `.rt-w${n}{inline-size:${n}%}`).join('')
const own = readFileSync(here('roundtable.css'), 'utf8') + widths

async function stylesheet(name, text) {
  const target = ['chrome87', 'firefox78', 'safari14']
  const { code } = await esbuild.transform(text, { loader: 'css', minify: true, target, legalComments: 'none' })
  write(name, `/*! ${notice} */\n${code}`)
}

function write(name, text) {
  writeFileSync(new URL(name, out), text)
  console.log(name, text.length, 'bytes,', gzipSync(text, { level: 9 }).length, 'compressed')
}

// Only the base is mirrored: our own layer is written in logical properties and needs no mirror.
await stylesheet('app.css', base + own)
await stylesheet('app.rtl.css', rtlcss.process(base) + own)

const { outputFiles } = await esbuild.build({
  entryPoints: [here('app.mjs')],
  bundle: true,
  minify: true,
  write: false,
  format: 'iife',
  target: ['es2018'],
  legalComments: 'none',
})
write('app.js', `/*! ${notice} */\n${outputFiles[0].text}`)
