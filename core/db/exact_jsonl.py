"""Django's `--format jsonl` of dumpdata and loaddata, without loss of microseconds.

Django cuts times to milliseconds, as in JavaScript. The id of an article in the feeds contains its
time of creation: if that were cut, feed readers would show every article as new.
"""

import datetime
from typing import Any

from django.core.serializers import jsonl
from django.core.serializers.json import DjangoJSONEncoder

Deserializer = jsonl.Deserializer


class ExactEncoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        if isinstance(o, datetime.datetime | datetime.time):
            return o.isoformat()
        return super().default(o)


class Serializer(jsonl.Serializer):
    def start_serialization(self) -> None:
        self.options.setdefault("cls", ExactEncoder)
        super().start_serialization()
