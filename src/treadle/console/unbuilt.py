"""What the server says at `/` when the console's bundle is missing."""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Treadle: the console was not built</title>
<style nonce="__CSP_NONCE__">
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
  body { margin: 0; background: light-dark(#f6f7f9, #0f1216); color: light-dark(#1b2330, #e4e8ee) }
  main { max-width: 40rem; margin: 12vh auto; padding: 0 1.5rem }
  h1 { font-size: 1.5rem; letter-spacing: -.01em }
  pre { padding: 1rem; border-radius: 8px; background: light-dark(#e9ecf1, #1a1f27); overflow-x: auto }
</style>
<main>
  <h1>Treadle runs, but its console was not built.</h1>
  <p>The AWS API on this port works as usual. The web console is missing because it could not be built when treadle
  was installed: that needs Node.js 20.19 or newer (on the PATH, or from PyPI) and the npm registry.</p>
  <p>In a checkout of the repository, build it with Node.js and npm, then load this page again (no restart needed):</p>
  <pre>cd web
npm ci
npm run build</pre>
  <p>Or install again with a network connection, which fetches what is needed: <code>pip install -e .</code></p>
</main>
"""
