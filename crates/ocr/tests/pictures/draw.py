#!/usr/bin/env python3
"""Draws the test pictures of this folder and writes what they say to truth.json.

Needs Pillow, fpdf2 and fonttools, and the Debian packages fonts-dejavu and fonts-wqy-microhei. The
pictures are committed, so tests do not need any of this; run it only to change them.
"""
import json
import os
import random
from datetime import datetime, timezone
from io import BytesIO

from fontTools.ttLib import TTCollection
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFilter, ImageFont

MONO = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
SANS = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
CHINESE = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"

RECEIPT = """\
HARBOUR STREET STATIONERS
14 Harbour Street, Ground Floor
Tel: 020 7946 0182
Receipt No. 2026-11-00417
Date: 23/11/2026   Time: 09:41
Cashier: Morgan
A4 paper, 500 sheets     2   11.98
Fountain pen, medium     1   24.50
Ink cartridge, blue      3    8.85
Envelope C5, white      25    3.75
Subtotal                     49.08
VAT 20%                       9.82
TOTAL                        58.90
PAID BY CARD                 58.90
Thank you for your visit!""".splitlines()

NOTICE = """\
关于文字识别服务计费方式的说明
一、按需计费：按成功调用的次数收费，每小时结算一次，失败的调用不收费。
二、套餐包：一次性购买，有效期一年，到期后剩余次数自动作废。
三、扣费顺序：先扣除套餐包中的次数，用完之后转为按需计费。
四、欠费处理：账户余额不足时进入宽限期，宽限期内服务可以继续使用。
五、宽限期结束仍未补足欠款，服务进入保留期，数据保留但不能调用。
六、保留期结束后资源将被释放，数据无法恢复，请及时充值。
七、查询余额：登录控制台，在费用中心查看账单和资源包剩余用量。
联系电话：400-820-1234    生效日期：2026年11月23日
编号 A-1047    总计 1,280.50 元    第 3 页""".splitlines()

LETTER = [
    ["Inkmeter test document", "Page one of two", "The quick brown fox jumps over the lazy dog.",
     "Account 4711, balance 1,024.00 CNY"],
    ["第二页", "本页用于测试指定页码的识别。", "Second page, invoice number 90210."],
]


def draw(lines, font, size, width, step):
    picture = Image.new("RGB", (width, step * len(lines) + 80), "white")
    pen = ImageDraw.Draw(picture)
    face = ImageFont.truetype(font, size)
    truth = []
    for row, text in enumerate(lines):
        x, y = 50, 40 + row * step
        pen.text((x, y), text, font=face, fill=(25, 25, 30))
        left, top, right, bottom = pen.textbbox((x, y), text, font=face)
        truth.append({"box": [left, top, right, top, right, bottom, left, bottom], "text": text})
    return picture, truth


def worn(picture, seed):
    """A little blurred, with grain, as from a scanner."""
    noise = random.Random(seed)
    picture = picture.filter(ImageFilter.GaussianBlur(0.6))
    pixels = picture.load()
    for _ in range(picture.width * picture.height // 60):
        x, y = noise.randrange(picture.width), noise.randrange(picture.height)
        shade = noise.randrange(120, 256)
        pixels[x, y] = (shade, shade, shade)
    return picture


def main():
    truth = []

    def keep(name, set_name, picture, lines, turn=0, **options):
        if turn:
            picture_to_save = picture.rotate(turn, expand=True)
        else:
            picture_to_save = picture
        picture_to_save.save(name, **options)
        item = {"img": name, "set": set_name, "gt": lines}
        if turn:
            item |= {"rot": turn, "upright_w": picture.width, "upright_h": picture.height}
        truth.append(item)

    receipt, receipt_lines = draw(RECEIPT, MONO, 22, 620, 40)
    receipt = worn(receipt, 1).convert("L")
    keep("receipt_en.jpg", "receipt_en", receipt, receipt_lines, quality=60)
    keep("receipt_en_180.jpg", "receipt_en_180", receipt, receipt_lines, turn=180, quality=60)
    notice, notice_lines = draw(NOTICE, CHINESE, 26, 1020, 52)
    notice = notice.convert("L")
    keep("notice_zh.jpg", "notice_zh", notice, notice_lines, quality=45)
    keep("notice_zh_90.jpg", "notice_zh_90", notice, notice_lines, turn=90, quality=45)
    keep("notice_zh_270.png", "notice_zh_270", notice.quantize(8), notice_lines, turn=270, optimize=True)
    line, line_lines = draw(["快速模式只读一行 Quick mode, 42"], CHINESE, 30, 560, 44)
    line = line.crop((40, 36, 560, 84))
    keep("line_zh.png", "line_zh", line.quantize(8), [{**line_lines[0], "box": [10, 4, 500, 4, 500, 44, 10, 44]}])

    # A page of A4 at 150 dots an inch with one short line of 11 points, and nothing else.
    alone = Image.new("L", (1240, 1754), 255)
    pen = ImageDraw.Draw(alone)
    face = ImageFont.truetype(SANS, 23)
    pen.text((150, 300), "Total 42.00", font=face, fill=0)
    left, top, right, bottom = pen.textbbox((150, 300), "Total 42.00", font=face)
    alone_line = {"box": [left, top, right, top, right, bottom, left, bottom], "text": "Total 42.00"}
    keep("alone.png", "alone", alone.quantize(8), [alone_line], optimize=True)

    # A document with real fonts: pages of 300 x 200 units.
    face = BytesIO()
    TTCollection(CHINESE).fonts[0].save(face)
    with open("face.ttf", "wb") as file:
        file.write(face.getvalue())
    pdf = FPDF(unit="pt", format=(300, 200))
    pdf.set_creation_date(datetime(2026, 11, 23, tzinfo=timezone.utc))
    pdf.add_font("sans", "", SANS)
    pdf.add_font("chinese", "", "face.ttf")
    for page in LETTER:
        pdf.add_page()
        for row, text in enumerate(page):
            pdf.set_font("sans" if text.isascii() else "chinese", size=11)
            pdf.text(20, 40 + 30 * row, text)
    pdf.output("letter.pdf")
    os.remove("face.ttf")
    for number, page in enumerate(LETTER, 1):
        lines = [{"box": [40, y, 560, y, 560, y + 30, 40, y + 30], "text": text}
                 for y, text in zip(range(55, 400, 60), page)]
        truth.append({"img": "letter.pdf", "set": f"letter_page_{number}", "page": number, "gt": lines})
    with open("truth.json", "w") as file:
        json.dump(truth, file, ensure_ascii=False, indent=0)
        file.write("\n")


main()
