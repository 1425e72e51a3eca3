"""The explorer's server and page: what stands between a browser and a session.

guard.py      who may speak at all: Host, Origin, paths, headers of every answer
protocol.py   messages up, checked; messages and frames down, packed
hub.py        clients, what waits for each, and the bridge to the worker's thread
app.py        routes
uploads.py    what may be dropped on the page
pieces.py     the same where no POST gets through
serve.py      from a command line to a server, and to its end
page/         HTML, CSS and JavaScript modules, as they are
"""
