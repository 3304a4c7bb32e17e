"""Uploaded pictures: judged by their content, encoded anew, kept as long as an article uses them.

Guarantees: no byte of an upload is served, only what Pillow has encoded of its pixels; a file has
its final name before its row is committed, and is deleted after the row; a LooseFile names it in
between, so that nothing stays of a killed process. No name is used twice.
"""
