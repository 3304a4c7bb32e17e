"""Django's `--format jsonl` of dumpdata and loaddata, without loss of microseconds.

Django cuts times to the millisecond, as JavaScript has them. The id of an article in the feeds is
made of its time of creation: cut, every reader would be shown every article anew.
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
