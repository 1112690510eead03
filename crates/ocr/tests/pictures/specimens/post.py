"""Electronic waybills: labels on parcels, printed by machines, in three layouts."""
from PIL import Image, ImageDraw

from ink import BOLD, CHINESE, CHINESE_BOLD, DARK, MONO, SANS, bars, centred, squares, text, wrapped
from people import address, company, digits, name

CARRIERS = ("云帆速递", "星河快运", "致远物流")
FIELDS = ("code", "receiver_name", "receiver_phone", "receiver_address", "sender_name", "sender_phone", "sender_address", "waybill_number")


def waybill(card):
    """A label of 76 by 130 mm."""
    picture = Image.new("RGB", (760, 1180), (250, 250, 248))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((16, 16, 744, 1164), outline=DARK, width=3)
    text(pen, (36, 30), card["_carrier"], CHINESE_BOLD, 44)
    text(pen, (520, 44), card["_service"], CHINESE, 28)
    pen.line((16, 104, 744, 104), fill=DARK, width=3)
    style, y = card["_style"], 120
    top_number = style == 1
    if top_number:
        bars(pen, (90, 120, 670, 200), card["_chance"])
        centred(pen, 380, 206, card["_printed"], MONO, 28)
        y = 250
    centred(pen, 380, y, card["code"], BOLD, 66)
    y += 92
    pen.line((16, y, 744, y), fill=DARK, width=3)
    if card["_station"]:
        text(pen, (36, y + 10), card["_station"], CHINESE, 28)
        y += 54
        pen.line((16, y, 744, y), fill=DARK, width=3)
    for side, words, size in (("receiver", card["_words"][0], 30), ("sender", card["_words"][1], 24)):
        x = 110
        if len(words) == 1:
            pen.ellipse((34, y + 22, 92, y + 80), outline=DARK, width=3)
            centred(pen, 63, y + 28, words, CHINESE_BOLD, 34)
        else:
            text(pen, (34, y + 14), words, CHINESE, 24)
            x = 34 + 24 * len(words) + 20
        who = [card[f"{side}_name"], card[f"{side}_phone"]]
        if style == 2 and side == "sender":
            who.reverse()
        text(pen, (x, y + 12), "   ".join(who), CHINESE_BOLD if side == "receiver" else CHINESE, size)
        below = wrapped(pen, (x, y + 12 + size * 1.5), card[f"{side}_address"], CHINESE, size - 2, 720 - x)
        y = int(max(below, y + 110)) + 8
        pen.line((16, y, 744, y), fill=DARK, width=3)
    if not top_number:
        bars(pen, (70, y + 20, 690, y + 130), card["_chance"])
        centred(pen, 380, y + 136, card["_printed"], MONO, 32)
        y += 190
    pen.line((16, y, 744, y), fill=DARK, width=3)
    if style == 2:
        squares(pen, (560, y + 20, 720, y + 180), card["_chance"])
    text(pen, (36, y + 16), card["_goods"], CHINESE, 24)
    text(pen, (36, y + 56), card["_time"], SANS, 24)
    text(pen, (36, y + 96), "签收人：", CHINESE, 24)
    text(pen, (300, y + 96), "时间：", CHINESE, 24)
    return picture


def any_waybill(chance):
    def phone():
        mobile = "1" + chance.choice(("38", "39", "50", "86", "77")) + digits(chance, 8)
        return chance.choice((mobile, mobile[:3] + "****" + mobile[7:], "0571-" + digits(chance, 8)))

    def who():
        full = name(chance)
        return full if chance.random() < .7 else full[0] + "*" * (len(full) - 1)

    letter = lambda: chance.choice("ABCDEFGH")
    code = chance.choice((f"{digits(chance, 3)}-{letter()}{digits(chance, 2)}-{digits(chance, 3)}", f"{digits(chance, 3)} {letter()}{digits(chance, 2)} {digits(chance, 2)}",
                          f"{digits(chance, 3)}{letter()}-{digits(chance, 3)}-{letter()}{digits(chance, 2)}"))
    number = chance.choice(("YF", "XH", "ZY", "")) + chance.choice("1234567") + digits(chance, chance.choice((11, 12, 14)))
    grouped = " ".join(number[at:at + 4] for at in range(0, len(number), 4))
    date = f"{chance.randint(2020, 2026)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d} {chance.randint(6, 22):02d}:{chance.randint(0, 59):02d}"
    return {
        "code": code, "receiver_name": who(), "receiver_phone": phone(), "receiver_address": address(chance),
        "sender_name": who() if chance.random() < .7 else company(chance)[:4] + "旗舰店", "sender_phone": phone(), "sender_address": address(chance), "waybill_number": number,
        "_printed": chance.choice((number, grouped)), "_carrier": chance.choice(CARRIERS), "_service": chance.choice(("标准快递", "特惠", "")),
        "_style": chance.randint(0, 2), "_station": chance.choice(("", "集 无名转运中心", "云外集散")), "_words": chance.choice((("收", "寄"), ("收件", "寄件"), ("收件人：", "寄件人："))),
        "_goods": chance.choice(("物品：文件", "物品：日用品 1件", "已验视")), "_time": date, "_chance": chance,
    }
