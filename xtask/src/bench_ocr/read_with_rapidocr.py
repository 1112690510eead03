"""Reads pictures with RapidOCR as it comes, for bench_ocr.rs: the yardstick.

usage: read_with_rapidocr.py FILE...
Loads the models and reads the first picture once. Then for each line on standard input reads every
picture, one after the other, and prints one JSON line: {"seconds": ..., "lines": [[[x1, ..., y4], text], ...] per
picture}. RapidOCR uses all cores for one picture by default.
"""
import json
import sys
import time

from rapidocr import RapidOCR


def main(files):
    pictures = [open(file, "rb").read() for file in files]
    engine = RapidOCR()
    engine(pictures[0])
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        results = [engine(picture) for picture in pictures]
        seconds = time.perf_counter() - start
        lines = []
        for result in results:
            boxes = [] if result.boxes is None else result.boxes.tolist()
            lines.append([[[number for corner in box for number in corner], text]
                          for box, text in zip(boxes, result.txts or [])])
        print(json.dumps({"seconds": seconds, "lines": lines}), flush=True)


main(sys.argv[1:])
