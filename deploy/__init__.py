"""Starts the site as in production, on private servers (`make stack`), and what that is made of.

The tests and the benchmarks start their servers with the same modules. The site itself imports
nothing from here.
"""
