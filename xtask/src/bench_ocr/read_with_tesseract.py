"""Reads pictures with Tesseract for bench_ocr.rs: a yardstick.

usage: read_with_tesseract.py WORKERS LANGUAGES FILE...
A reader as read_with_rapidocr.py is. Each picture is a process of one thread, which has its models to load, as the
program is used; so many of them run at once. The peak is the largest process's, times as many.
"""
import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

# The level of a word in Tesseract's table.
WORD = "5"


def read(file, languages):
    start = time.perf_counter()
    command = ["tesseract", file, "-", "-l", languages, "--psm", "3", "tsv"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    table = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout.decode()
    return time.perf_counter() - start, lines(table)


def lines(table):
    """The words of each line, with the box around them."""
    found = {}
    for row in table.splitlines()[1:]:
        columns = row.split("\t")
        if columns[0] != WORD or not columns[11].strip():
            continue
        left, top, width, height = (int(column) for column in columns[6:10])
        found.setdefault(tuple(columns[2:5]), []).append((left, top, left + width, top + height, columns[11]))
    for words in found.values():
        left, top = min(word[0] for word in words), min(word[1] for word in words)
        right, bottom = max(word[2] for word in words), max(word[3] for word in words)
        box = [left, top, right, top, right, bottom, left, bottom]
        yield [box, " ".join(word[4] for word in words)]


def main(workers, languages, files):
    read(files[0], languages)
    print("ready", subprocess.run(["tesseract", "--version"], stdout=subprocess.PIPE).stdout.decode().split()[1],
          flush=True)
    largest_first = sorted(range(len(files)), key=lambda index: -os.path.getsize(files[index]))
    with ThreadPoolExecutor(workers) as pool:
        for _ in sys.stdin:
            start = time.perf_counter()
            read_one = {index: pool.submit(read, files[index], languages) for index in largest_first}
            results = [read_one[index].result() for index in range(len(files))]
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * workers
            print(json.dumps({"seconds": seconds, "latencies_s": [latency for latency, _ in results],
                              "lines": [list(found) for _, found in results], "children_kib": peak}), flush=True)


main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
