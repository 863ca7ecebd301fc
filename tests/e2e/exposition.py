# SPDX-License-Identifier: GPL-2.0-or-later
"""A strict reader of the Prometheus text format 0.0.4 and of OpenMetrics 1.0.

read() gives the families, or raises ValueError with the line that breaks a rule. It takes less than
the formats allow: no exemplars, no timestamps, one blank between the parts.
"""

import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|Inf)|NaN")
ESCAPES = {"\\\\": "\\", "\\n": "\n", '\\"': '"'}
PROMETHEUS_TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
OPENMETRICS_TYPES = ("counter", "gauge", "histogram", "gaugehistogram", "summary", "info",
                     "stateset", "unknown")
SUFFIXES = {"counter": ("_total", "_created"), "histogram": ("_bucket", "_sum", "_count",
                                                             "_created"),
            "summary": ("", "_sum", "_count", "_created"), "info": ("_info",)}


class Family:
    """A metric family: its metadata, and its samples by (name, labels)."""

    def __init__(self, name):
        self.name = name
        self.type = self.help = self.unit = None
        self.samples = {}

    def value(self, **labels):
        """The value of the only sample with all these labels."""
        found = [value for (_, have), value in self.samples.items()
                 if labels.items() <= dict(have).items()]
        if len(found) != 1:
            raise KeyError(f"{len(found)} samples of {self.name} with {labels}")
        return found[0]


class Reader:
    def __init__(self, openmetrics):
        self.openmetrics = openmetrics
        self.families = {}
        self.current = None
        self.ended = False

    def line(self, line):
        if self.ended:
            raise ValueError("something after # EOF")
        if not line:
            raise ValueError("an empty line")
        if line == "# EOF" and self.openmetrics:
            self.ended = True
        elif line.startswith("#"):
            self.metadata(line)
        else:
            self.sample(line)

    def metadata(self, line):
        words = line.split(" ", 3)
        if len(words) < 3 or words[0] != "#" or words[1] not in ("HELP", "TYPE", "UNIT"):
            raise ValueError("neither metadata nor sample")
        _, keyword, name = words[:3]
        text = words[3] if len(words) > 3 else ""
        if not NAME.fullmatch(name):
            raise ValueError("a bad name")
        if self.current is None or self.current.name != name:
            if name in self.families:
                raise ValueError("a family in two parts")
            self.current = self.families[name] = Family(name)
        if self.current.samples:
            raise ValueError("metadata after samples")
        if getattr(self.current, keyword.lower()) is not None:
            raise ValueError("metadata twice")
        getattr(self, "set_" + keyword.lower())(self.current, text)

    def set_help(self, family, text):
        family.help = unescape(text, '"' if self.openmetrics else "")

    def set_type(self, family, text):
        if text not in (OPENMETRICS_TYPES if self.openmetrics else PROMETHEUS_TYPES):
            raise ValueError("an unknown type")
        family.type = text

    def set_unit(self, family, text):
        if not self.openmetrics:
            raise ValueError("a unit in the text format")
        if text and not family.name.endswith("_" + text):
            raise ValueError("the name does not end with its unit")
        family.unit = text

    def sample(self, line):
        name = NAME.match(line)
        if not name:
            raise ValueError("no name")
        rest = line[name.end():]
        labels, rest = read_labels(rest) if rest.startswith("{") else ((), rest)
        if not rest.startswith(" ") or not NUMBER.fullmatch(rest[1:]):
            raise ValueError("no value, or something after it")
        family = self.current
        if family is None or name.group() not in self.sample_names(family):
            raise ValueError("a sample outside of its family")
        if family.type is None or family.help is None:
            raise ValueError("no TYPE or HELP")
        key = (name.group(), labels)
        if key in family.samples:
            raise ValueError("a series twice")
        family.samples[key] = float(rest[1:].replace("Inf", "inf"))

    def sample_names(self, family):
        if family.type == "counter" and not self.openmetrics:
            return (family.name,)
        return tuple(family.name + suffix for suffix in SUFFIXES.get(family.type, ("",)))


def unescape(text, also):
    """Text with \\\\, \\n and maybe \\" in it; other backslashes are errors."""
    def character(match):
        if match.group() not in ESCAPES or (match.group() == '\\"' and not also):
            raise ValueError("an unknown escape")
        return ESCAPES[match.group()]
    return re.sub(r"\\.?", character, text)


def read_labels(text):
    """The labels at the beginning of text, sorted, and what follows them."""
    labels, at = {}, 1
    while text[at:at + 1] != "}":
        name = LABEL.match(text, at)
        if not name or text[name.end():name.end() + 2] != '="':
            raise ValueError("a bad label")
        value = re.compile(r'(\\.|[^"\\])*').match(text, name.end() + 2)
        if text[value.end():value.end() + 1] != '"':
            raise ValueError("a label's value without an end")
        if name.group() in labels:
            raise ValueError("a label twice")
        labels[name.group()] = unescape(value.group(), '"')
        at = value.end() + 1
        if text[at:at + 1] == ",":
            at += 1
            if text[at:at + 1] == "}":
                raise ValueError("a comma at the end of the labels")
        elif text[at:at + 1] != "}":
            raise ValueError("something between the labels")
    return tuple(sorted(labels.items())), text[at + 1:]


def check_histogram(family):
    """Buckets of each series never fall and end with +Inf, which equals the count."""
    series = {}
    for (name, labels), value in family.samples.items():
        others = tuple(pair for pair in labels if pair[0] != "le")
        entry = series.setdefault(others, {"buckets": []})
        if name.endswith("_bucket"):
            entry["buckets"].append((float(dict(labels)["le"].replace("Inf", "inf")), value))
        elif name.endswith("_count"):
            entry["count"] = value
    for entry in series.values():
        bounds = [bound for bound, _ in entry["buckets"]]
        counts = [count for _, count in entry["buckets"]]
        if bounds != sorted(set(bounds)) or counts != sorted(counts):
            raise ValueError(f"buckets of {family.name} are not in order")
        if not bounds or bounds[-1] != float("inf") or counts[-1] != entry.get("count"):
            raise ValueError(f"{family.name} does not end with +Inf and its count")


def read(text, openmetrics):
    """The families of an exposition, by name."""
    if not text.endswith("\n"):
        raise ValueError("no line end at the end")
    reader = Reader(openmetrics)
    for line in text[:-1].split("\n"):
        try:
            reader.line(line)
        except ValueError as error:
            raise ValueError(f"{error}: {line!r}") from error
    if openmetrics and not reader.ended:
        raise ValueError("no # EOF")
    for family in reader.families.values():
        if not family.samples and family.type is None:
            raise ValueError(f"{family.name} is nothing")
        if family.type == "histogram":
            check_histogram(family)
        if family.type == "counter" and any(not value >= 0 for value in family.samples.values()):
            raise ValueError(f"{family.name} counts below 0")
    return reader.families
