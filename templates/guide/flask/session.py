from flask import Flask, session

app = Flask(__name__)
app.secret_key = "asdfasdf"


@app.route("/")
def visits():
    session["tour"] = session.get("tour", 0) + 1
    return {"keys": list(session), "visits": session["tour"]}
