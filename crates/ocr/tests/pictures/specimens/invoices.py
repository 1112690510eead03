"""Invoices that are tables: what stands on an invented one, and how it is drawn."""
from PIL import ImageDraw

from ink import CHINESE, MONO, RED, SONG, centred, face, ground, text
from people import (CITIES, PROVINCES, capitals, citizen_of, company, credit_code, day, digits, iso, name, spelt,
                    vehicle_number)

BROWN = (110, 60, 40)
BLACK = (24, 24, 28)


def cell(pen, box, label=(), value="", size=24, shift=(0, 0), font=SONG):
    """A label, in one line or two, or what was filled in."""
    left, top, right, bottom = box
    pen.rectangle(box, outline=BROWN, width=2)
    middle = (top + bottom) / 2
    for row, line in enumerate(label):
        width = face(CHINESE, 21).getlength(line)
        y = middle - 14 + (row - (len(label) - 1) / 2) * 27
        text(pen, (left + max((right - left - width) / 2, 6), y), line, CHINESE, 21, BROWN)
    if value:
        text(pen, (left + 12 + shift[0], middle - size * .7 + shift[1]), value, font, size, BLACK)


def mvs_invoice(card):
    picture = ground(1600, 1130, (250, 248, 240), (244, 246, 240))
    pen = ImageDraw.Draw(picture)
    centred(pen, 800, 30, "机动车销售统一发票", CHINESE, 46, BROWN)
    centred(pen, 800, 96, "发 票 联", CHINESE, 32, BROWN)
    pen.ellipse((720, 50, 880, 150), outline=RED, width=3)
    text(pen, (60, 140), "开票日期", CHINESE, 24, BROWN)
    text(pen, (180, 138), card["issue_date"], SONG, 26)
    text(pen, (1150, 96), "发票代码", CHINESE, 24, BROWN)
    text(pen, (1270, 94), card["code"], MONO, 26)
    text(pen, (1150, 138), "发票号码", CHINESE, 24, BROWN)
    text(pen, (1270, 136), card["number"], MONO, 26)
    shift = (card["_aside"], card["_shift"])
    y = 190

    def row(height, *cells):
        nonlocal y
        for left, right, label, value in cells:
            cell(pen, (left, y, right, y + height), label, value, shift=shift if not label else (0, 0))
        y += height

    pen.rectangle((60, y, 1540, y + 150), outline=BROWN, width=2)
    for at, (label, field) in enumerate((("机打代码", "machine_printed_code"), ("机打号码", "machine_printed_number"), ("机器编号", "machine_number"))):
        cell(pen, (60, y, 260, y + 50), (label,))
        cell(pen, (260, y, 700, y + 50), (), card[field], shift=shift)
        y += 50
    cell(pen, (700, y - 150, 780, y), ("税控码",))
    row(76, (60, 260, ("购买方名称及身份证", "号码/组织机构代码"), ""),
        (260, 950, (), f"{card['buyer_name']}  {card['buyer_organization_number']}"),
        (950, 1130, ("纳税人识别号",), ""), (1130, 1540, (), card["buyer_id"]))
    row(56, (60, 260, ("车辆类型",), ""), (260, 620, (), card["vehicle_type"]), (620, 760, ("厂牌型号",), ""),
        (760, 1180, (), card["brand_model"]), (1180, 1290, ("产地",), ""), (1290, 1540, (), card["manufacturing_location"]))
    row(56, (60, 260, ("合格证号",), ""), (260, 620, (), card["quality_certificate"]), (620, 800, ("进口证明书号",), ""),
        (800, 1130, (), card["import_certificate"]), (1130, 1270, ("商检单号",), ""), (1270, 1540, (), card["inspection_number"]))
    row(64, (60, 260, ("发动机号码",), ""), (260, 700, (), card["engine_number"]), (700, 940, ("车辆识别代号/车架号码",), ""),
        (940, 1540, (), card["vehicle_identification_number"]))
    row(60, (60, 260, ("价税合计",), ""), (260, 950, (), "⊗" + card["total_chinese"]), (950, 1050, ("小写",), ""), (1050, 1540, (), card["total"]))
    row(60, (60, 260, ("销货单位名称",), ""), (260, 950, (), card["seller_name"]), (950, 1050, ("电话",), ""), (1050, 1540, (), card["seller_phone"]))
    row(56, (60, 260, ("纳税人识别号",), ""), (260, 950, (), card["seller_id"]), (950, 1050, ("账号",), ""), (1050, 1540, (), card["seller_account"]))
    row(60, (60, 160, ("地址",), ""), (160, 800, (), card["seller_address"]), (800, 940, ("开户银行",), ""), (940, 1540, (), card["seller_bank"]))
    row(76, (60, 260, ("增值税税率", "或征收率"), ""), (260, 400, (), card["tax_rate"]), (400, 540, ("增值税", "税额"), ""),
        (540, 860, (), card["tax"]), (860, 1000, ("主管税务", "机关及代码"), ""), (1000, 1540, (), f"{card['tax_authority']}  {card['tax_authority_code']}"))
    row(60, (60, 200, ("不含税价",), ""), (200, 290, ("小写",), ""), (290, 560, (), card["tax_exclusive_price"]), (560, 720, ("完税凭证号码",), ""),
        (720, 1080, (), card["tax_payment_receipt"]), (1080, 1150, ("吨位",), ""), (1150, 1260, (), card["tonnage"]),
        (1260, 1390, ("限乘人数",), ""), (1390, 1540, (), card["seating_capacity"]))
    text(pen, (60, y + 16), "销货单位盖章", CHINESE, 22, BROWN)
    text(pen, (640, y + 16), "开票人", CHINESE, 22, BROWN)
    text(pen, (740, y + 14), card["drawer_name"], SONG, 26)
    text(pen, (1150, y + 16), "备注:一车一票", CHINESE, 22, BROWN)
    return picture


def any_mvs_invoice(chance):
    sign, region, province = chance.choice(PROVINCES)
    code, number = "1" + region + "00" + digits(chance, 7), digits(chance, 8)
    net = chance.randint(4_000_000, 60_000_000)
    rate = chance.choice((17, 16, 13))
    tax = net * rate // 100
    person = chance.random() < .6
    buyer = name(chance) if person else company(chance)
    own = citizen_of(chance, day(chance, 1955, 1999), chance.choice("男女")) if person else credit_code(chance)
    imported = chance.random() < .2
    return {
        "code": code, "number": number, "machine_printed_code": code, "machine_printed_number": number,
        "issue_date": iso(day(chance, 2015, 2023)), "machine_number": digits(chance, 12), "buyer_name": buyer,
        "buyer_organization_number": own, "buyer_id": "" if person else own,
        "vehicle_type": chance.choice(("小型轿车", "小型普通客车", "多用途乘用车", "重型半挂牵引车")),
        "brand_model": chance.choice(("星河牌XH7180B", "云帆牌YF6480C3", "恒通牌HT1041D2", "致远牌ZY7154BEV")),
        "manufacturing_location": chance.choice((province[:2] + chance.choice(CITIES), province)),
        "quality_certificate": "" if imported else chance.choice(("WAA", "WDK", "YJ2")) + digits(chance, 12),
        "import_certificate": "X" + digits(chance, 11) if imported else "", "inspection_number": digits(chance, 15) if imported else "",
        "engine_number": chance.choice("ABCH") + digits(chance, 7), "vehicle_identification_number": vehicle_number(chance),
        "total_chinese": capitals(net + tax), "total": f"￥{(net + tax) / 100:.2f}", "seller_name": company(chance).replace("科技", "汽车销售"),
        "seller_phone": "0571-" + digits(chance, 8), "seller_id": credit_code(chance), "seller_account": digits(chance, 19),
        "seller_address": f"{province}{chance.choice(CITIES)}市星河路{chance.randint(1, 899)}号",
        "seller_bank": f"{chance.choice(('中国工商银行', '中国建设银行', '招商银行'))}{chance.choice(CITIES)}支行", "tax_rate": f"{rate}%",
        "tax": f"￥{tax / 100:.2f}", "tax_authority": f"国家税务总局{chance.choice(CITIES)}市税务局", "tax_authority_code": "1" + region + digits(chance, 8),
        "tax_exclusive_price": f"￥{net / 100:.2f}", "tax_payment_receipt": digits(chance, 18) if chance.random() < .3 else "",
        "tonnage": f"{chance.randint(1, 30)}" if chance.random() < .3 else "", "seating_capacity": str(chance.choice((2, 5, 7))),
        "drawer_name": name(chance), "_shift": chance.randint(-4, 4), "_aside": chance.randint(-4, 10),
    }
