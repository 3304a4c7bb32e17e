from flask import Flask
from flask_caching import Cache

app = Flask(__name__)
cache = Cache(app, config={"CACHE_TYPE": "SimpleCache"})


@app.route("/")
def index():
    cache.set("name", "xxx", timeout=60)
    return "index"
