"""Invoices of the value-added tax: what stands on an invented one, and how it is drawn."""
from PIL import ImageDraw

from ink import CHINESE, MONO, RED, SONG, centred, face, ground, squares, text
from people import PROVINCES, address, capitals, company, credit_code, day, digits, name, spelt

BROWN = (110, 60, 40)
# Where the columns of the items end, and what they are called.
COLUMNS = [(60, 440, "货物或应税劳务、服务名称"), (440, 620, "规格型号"), (620, 700, "单位"), (700, 830, "数量"), (830, 1000, "单价"),
           (1000, 1230, "金额"), (1230, 1320, "税率"), (1320, 1540, "税额")]
KINDS = [("增值税专用发票", "special"), ("增值税普通发票", "normal"), ("增值税电子普通发票", "electronic")]
GOODS = [("*信息技术服务*软件服务", "", "项"), ("*纸制文具*打印纸", "A4", "箱"), ("*餐饮服务*餐费", "", "次"), ("*电子计算机*笔记本电脑", "XH-14P", "台"),
         ("*物流辅助服务*仓储费", "", "月"), ("*家具*办公椅", "Y6", "把"), ("*润滑油*机油", "5W-30", "桶")]


FIELDS = ("title", "type", "code", "number", "issue_date", "check_code", "machine_number", "buyer_name", "buyer_id", "buyer_address",
          "buyer_bank", "seller_name", "seller_id", "seller_address", "seller_bank", "subtotal_amount", "subtotal_tax", "total",
          "total_in_words", "remarks", "receiver", "reviewer", "issuer", "item_list")


def vat_invoice(card):
    picture = ground(1600, 1020, (250, 248, 240), (244, 246, 240))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, CHINESE, 22, BROWN)
    value = lambda at, words, font=SONG: text(pen, (at[0] + card["_aside"], at[1] + card["_shift"]), words, font, 23)
    centred(pen, 800, 34, card["title"], CHINESE, 44, BROWN)
    pen.ellipse((720, 60, 880, 150), outline=RED, width=3)
    squares(pen, (70, 30, 170, 130), card["_chance"])
    rows = [("发票代码", card["code"]), ("发票号码", card["number"]), ("开票日期", card["issue_date"])]
    if card["check_code"]:
        rows.append(("校 验 码", " ".join(card["check_code"][at:at + 5] for at in range(0, 20, 5))))
    for row, (words, said) in enumerate(rows):
        label((1170, 28 + 34 * row), words + ":")
        text(pen, (1280, 27 + 34 * row), said, SONG, 23)
    if card["machine_number"]:
        label((190, 136), "机器编号:")
        text(pen, (300, 135), card["machine_number"], SONG, 23)

    def party(top, sign, fields):
        pen.rectangle((60, top, 1540, top + 160), outline=BROWN, width=2)
        pen.line((110, top, 110, top + 160), fill=BROWN, width=2)
        for at, letter in enumerate(sign):
            label((74, top + 18 + 45 * at), letter)
        for row, (words, said) in enumerate(zip(("名        称:", "纳税人识别号:", "地 址、电 话:", "开户行及账号:"), fields)):
            label((122, top + 10 + 37 * row), words)
            value((280, top + 10 + 37 * row), said)
        pen.line((1000, top, 1000, top + 160), fill=BROWN, width=2)
        pen.line((1046, top, 1046, top + 160), fill=BROWN, width=2)

    party(174, "购买方", [card[field] for field in ("buyer_name", "buyer_id", "buyer_address", "buyer_bank")])
    for at, letter in enumerate("密码区"):
        label((1012, 190 + 45 * at), letter)
    for row in range(4):
        text(pen, (1060, 182 + 37 * row), card["_secret"][row], MONO, 22)
    pen.rectangle((60, 334, 1540, 740), outline=BROWN, width=2)
    for left, right, words in COLUMNS:
        pen.line((right, 334, right, 690), fill=BROWN, width=2)
        centred(pen, (left + right) / 2, 342, words, CHINESE, 21, BROWN)
    for row, item in enumerate(card["_items"]):
        y = 382 + 40 * row
        for (left, right, _), field in zip(COLUMNS, ("name", "specification", "unit", "quantity", "unit_price", "amount", "tax_rate", "tax")):
            words = item[field]
            width = face(SONG, 22).getlength(words)
            x = left + 10 if field in ("name", "specification") else (left + right - width) / 2 if field in ("unit", "tax_rate") else right - width - 10
            text(pen, (x, y + card["_shift"]), words, SONG, 22)
    centred(pen, 250, 652, "合        计", CHINESE, 22, BROWN)
    for right, field in ((1230, "subtotal_amount"), (1540, "subtotal_tax")):
        text(pen, (right - 10 - face(SONG, 23).getlength(card[field]), 650), card[field], SONG, 23)
    pen.line((60, 690, 1540, 690), fill=BROWN, width=2)
    label((110, 700), "价税合计（大写）")
    value((460, 698), "⊗" + card["total_in_words"])
    label((1080, 700), "（小写）")
    value((1180, 698), card["total"])
    party(740, "销售方", [card[field] for field in ("seller_name", "seller_id", "seller_address", "seller_bank")])
    for at, letter in enumerate("备注"):
        label((1012, 780 + 60 * at), letter)
    text(pen, (1060, 760), card["remarks"], SONG, 22)
    for x, words, field in ((100, "收款人:", "receiver"), (480, "复核:", "reviewer"), (820, "开票人:", "issuer")):
        label((x, 920), words)
        text(pen, (x + 100, 919), card[field], SONG, 23)
    label((1200, 920), "销售方:(章)")
    return picture


def money(cents):
    return f"{cents / 100:.2f}"


def any_vat_invoice(chance):
    _, region, province = chance.choice(PROVINCES)
    words, kind = chance.choice(KINDS)
    items, net, tax = [], 0, 0
    for goods, specification, unit in chance.sample(GOODS, chance.randint(1, 4)):
        rate, count, price = chance.choice((6, 9, 13)), chance.randint(1, 40), chance.randint(1_000, 500_000)
        amount = count * price
        part = round(amount * rate / 100)
        net, tax = net + amount, tax + part
        items.append({"name": goods, "specification": specification, "unit": unit, "quantity": str(count), "unit_price": money(price),
                      "amount": money(amount), "tax_rate": f"{rate}%", "tax": money(part)})
    where = lambda: f"{address(chance)}0571-{digits(chance, 8)}"
    bank = lambda: f"{chance.choice(('中国工商银行', '招商银行', '中国建设银行'))}无名支行{digits(chance, 16)}"
    known = kind == "special" or chance.random() < .4
    return {
        "title": province.rstrip("省市") + words, "type": kind, "code": {"special": region + "00", "normal": "0" + region + "00", "electronic": "0" + region + "00"}[kind]
        + digits(chance, 6 if kind == "special" else 7), "number": digits(chance, 8), "issue_date": spelt(day(chance, 2016, 2024)),
        "check_code": "" if kind == "special" else digits(chance, 20), "machine_number": digits(chance, 12) if kind == "electronic" else "",
        "buyer_name": company(chance), "buyer_id": credit_code(chance), "buyer_address": where() if known else "", "buyer_bank": bank() if known else "",
        "seller_name": company(chance), "seller_id": credit_code(chance), "seller_address": where(), "seller_bank": bank(),
        "subtotal_amount": "￥" + money(net), "subtotal_tax": "￥" + money(tax), "total": "￥" + money(net + tax), "total_in_words": capitals(net + tax),
        "remarks": chance.choice(("", "合同号XH" + digits(chance, 6))), "receiver": name(chance), "reviewer": name(chance), "issuer": name(chance),
        "item_list": " / ".join("|".join(item.values()) for item in items), "_items": items, "_secret": ["".join(chance.choice("0123456789<>*/+-") for _ in range(26)) for _ in range(4)],
        "_shift": chance.randint(-3, 3), "_aside": chance.randint(-4, 10), "_chance": chance,
    }
