"""Reads a workbook (XLSX in base64) from standard input with openpyxl: its sheets, each with the cells that have
something in them (row and column from 0, value, kind of value) and the ranges that are one cell."""
import base64
import io
import json
import sys

import openpyxl

book = openpyxl.load_workbook(io.BytesIO(base64.b64decode(sys.stdin.read())))
sheets = []
for sheet in book.worksheets:
    cells = [[cell.row - 1, cell.column - 1, cell.value, cell.data_type]
             for row in sheet.iter_rows() for cell in row if cell.value is not None]
    merged = [[r.min_row - 1, r.min_col - 1, r.max_row - 1, r.max_col - 1] for r in sheet.merged_cells.ranges]
    sheets.append({"name": sheet.title, "cells": cells, "merged": sorted(merged)})
json.dump(sheets, sys.stdout)
