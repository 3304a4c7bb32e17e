from blinker import Namespace

tried = Namespace().signal("tried")
rows = []


def polite(sender, **kwargs):
    rows.append(["polite", kwargs["word"]])


def clumsy(sender, **kwargs):
    raise ValueError("I always fail")


tried.connect(polite)
tried.connect(clumsy)
try:
    tried.send("app", word="ink")  # in no certain order
except ValueError as error:
    rows.append(["clumsy", str(error)])
