"""The pages, live: a small server for one folder of runs, and the page that a browser shows of it.

Only this folder knows a server. `docs/live-page.md` is the contract between the server and the page.
"""
