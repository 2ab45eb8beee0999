#!/usr/bin/env python3
"""What a saved feed holds, read by other means than ours: ID FILE -> TSV on stdout.

Python's codecs instead of iconv, its expat instead of libxml2, its own dates. One line an
entry: feed, title, Unix time, link ("BASE/..." for a path relative to the server).
"""
import datetime
import email.utils
import re
import sys
import xml.etree.ElementTree as ElementTree


def read_text(path):
    data = open(path, "rb").read()
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8")
    declared = re.match(rb'<\?xml[^>]*encoding="([^"]+)"', data)
    name = declared.group(1).decode() if declared else "utf-8"
    return data.decode("cp932" if name.lower() == "shift_jis" else name)


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def child(element, *names):
    for name in names:
        for part in element:
            if local(part) == name:
                return part
    return None


def text_of(element):
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def unix_time(text):
    if not text:
        return 0
    if re.match(r"\d{4}-", text):
        return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())
    text = re.sub(r"\bJST$", "+0900", text)
    return int(email.utils.parsedate_to_datetime(text).timestamp())


def link_of(element):
    part = child(element, "link")
    if part is None:
        return ""
    link = part.get("href") or text_of(part)
    return "BASE" + link if link.startswith("/") else link


def main(feed, path):
    text = re.sub(r"^<\?xml[^>]*\?>", "", read_text(path).lstrip())
    root = ElementTree.fromstring(text)
    for element in root.iter():
        if local(element) in ("item", "entry"):
            date = text_of(child(element, "pubDate", "date", "published", "updated"))
            # markup inside a title is no text
            title = " ".join(re.sub(r"<[^>]*>", " ", text_of(child(element, "title"))).split())
            print(feed, title, unix_time(date), link_of(element),
                  sep="\t")


main(sys.argv[1], sys.argv[2])
