"""Reads pictures with RapidOCR for bench_ocr.rs: a yardstick.

usage: read_with_rapidocr.py default|best FILE...
Loads the models and reads the first picture once. Then for each line on standard input reads every
picture, one after the other, and prints one JSON line: {"seconds": ..., "latencies_s": [... per picture],
"lines": [[[x1, ..., y4], text], ...] per picture}. RapidOCR uses all cores for one picture by default.

At its best it reads with OpenVINO, which uses bfloat16 where the processor has it and does not stumble over denormal
weights; asks no classifier about each line; and detects on pictures of 960 pixels at most.
"""
import json
import sys
import time

from rapidocr import EngineType, RapidOCR

BEST = {
    "Global.use_cls": False,
    "Det.engine_type": EngineType.OPENVINO,
    "Rec.engine_type": EngineType.OPENVINO,
    "Det.limit_type": "max",
    "Det.limit_side_len": 960,
}


def main(configuration, files):
    pictures = [open(file, "rb").read() for file in files]
    engine = RapidOCR(params=BEST if configuration == "best" else None)
    engine(pictures[0])
    print("ready", configuration, flush=True)
    for _ in sys.stdin:
        results, latencies = [], []
        for picture in pictures:
            start = time.perf_counter()
            results.append(engine(picture))
            latencies.append(time.perf_counter() - start)
        lines = []
        for result in results:
            boxes = [] if result.boxes is None else result.boxes.tolist()
            lines.append([[[number for corner in box for number in corner], text]
                          for box, text in zip(boxes, result.txts or [])])
        print(json.dumps({"seconds": sum(latencies), "latencies_s": latencies, "lines": lines}), flush=True)


main(sys.argv[1], sys.argv[2:])
