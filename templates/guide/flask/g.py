import time

from flask import Flask, g

app = Flask(__name__)


@app.route("/")
def names_on_g():
    before = g.get("tour", "not set")
    g.tour = time.strftime("%H:%M:%S")
    return {"before": before, "now": g.tour}
