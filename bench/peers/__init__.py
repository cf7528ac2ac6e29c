"""Job queues to compare with. These modules run in environments of their own (`.venv/peers`), made by `make bench`.

Each peer has its fastest settings that still lose no job when a worker dies: uvloop, hiredis, no results kept, no log.
"""
