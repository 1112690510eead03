"""Licences of companies, vehicles and drivers: what stands on an invented one, and how it is drawn."""
from PIL import Image, ImageDraw

from ink import (BOLD, CHINESE, CHINESE_BOLD, LIBERATION_MONO, MONO, RED, SANS, SONG, bars, centred, face, ground, portrait, squares,
                 text, wrapped)
from people import (WORDS, address, capitals, citizen_of, company, credit_code, day, digits, iso, name, plate, police,
                    spelt, vehicle_number, years_on)

SCOPES = ["软件开发；信息系统集成服务；", "计算机软硬件及辅助设备批发；", "技术服务、技术开发、技术咨询、技术交流；", "餐饮管理；食品销售；",
          "会议及展览服务；", "道路货物运输；仓储服务；", "广告设计、代理；", "建筑工程施工；", "货物进出口；", "日用百货零售；"]
ENDING = "（依法须经批准的项目，经相关部门批准后方可开展经营活动）"


def business_license(card):
    """The form since 2019: across, in two columns."""
    picture = ground(1400, 990, (250, 246, 234), (244, 240, 224))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((30, 30, 1370, 960), outline=(170, 140, 80), width=6)
    pen.ellipse((640, 56, 760, 176), fill=(200, 50, 44))
    centred(pen, 700, 190, "营业执照", CHINESE_BOLD, 92)
    centred(pen, 700, 306, "（副  本）", CHINESE, 32)
    text(pen, (96, 150), "统一社会信用代码", CHINESE, 26)
    text(pen, (96, 190), card["registration_number"], CHINESE_BOLD, 32)
    squares(pen, (1180, 110, 1320, 250), card["_chance"])
    label = lambda at, words: text(pen, at, words, CHINESE_BOLD, 27, (40, 36, 30))
    value = lambda at, words: text(pen, (at[0], at[1] + card["_shift"]), words, SONG, 27)
    left = [("名        称", "name"), ("类        型", "type"), (card["_who"], "legal_representative")]
    for row, (words, field) in enumerate(left):
        label((110, 400 + 66 * row), words)
        value((290, 400 + 66 * row), card[field])
    label((110, 598), "经 营 范 围")
    wrapped(pen, (290, 598 + card["_shift"]), card["business_scope"], SONG, 25, 430)
    right = [("注 册 资 本", "registered_capital"), ("成 立 日 期", "found_date"), ("营 业 期 限", "business_term")]
    right = [(words, field) for words, field in right if card[field]]
    for row, (words, field) in enumerate(right):
        label((800, 400 + 66 * row), words)
        value((970, 400 + 66 * row), card[field])
    label((800, 400 + 66 * len(right)), card["_where"])
    wrapped(pen, (970, 400 + 66 * len(right) + card["_shift"]), card["address"], SONG, 27, 340)
    text(pen, (880, 800), "登记机关", CHINESE_BOLD, 30)
    year, month, date = card["issue_date"][:4], card["issue_date"][5:7], card["issue_date"][8:10]
    text(pen, (1010, 868), f"{year} 年 {month} 月 {date} 日", SONG, 30)
    text(pen, (60, 968), "国家企业信用信息公示系统网址：http://www.gsxt.gov.cn", CHINESE, 15)
    text(pen, (840, 968), "市场主体应当于每年1月1日至6月30日报送公示年度报告", CHINESE, 15)
    return picture


def any_business_license(chance):
    found, who = day(chance, 1998, 2022), chance.choice(("法定代表人", "法定代表人", "法定代表人", "负  责  人"))
    term = chance.choice(("长期", f"{spelt(found)}至长期", f"{spelt(found)}至{spelt(years_on(found, 20))}"))
    if who == "法定代表人":
        kind = chance.choice(("有限责任公司(自然人投资或控股)", "有限责任公司", "其他股份有限公司(非上市)", "有限责任公司(自然人独资)"))
        capital = chance.choice((f"{chance.choice((50, 100, 500, 1000))}万元整", "壹佰万元整", "伍佰万元整", "人民币贰仟万元整"))
        where = "住        所"
    else:
        kind, capital, where = "有限责任公司分公司(自然人投资或控股)", "", "营 业 场 所"
    scope = "".join(chance.sample(SCOPES, chance.randint(2, 4))).rstrip("；")
    return {"registration_number": credit_code(chance), "name": company(chance), "type": kind,
            "address": address(chance), "legal_representative": name(chance), "registered_capital": capital,
            "organization_form": "", "found_date": spelt(found), "business_term": term,
            "business_scope": scope + chance.choice((ENDING, "。")), "issue_date": spelt(day(chance, 2019, 2025)),
            "_who": who, "_where": where, "_shift": chance.randint(-4, 4), "_chance": chance}


def business_license_upright(card):
    """The older form: upright, in one column; also that of people who trade by themselves."""
    picture = ground(990, 1400, (250, 246, 234), (244, 240, 224))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((30, 30, 960, 1370), outline=(170, 140, 80), width=6)
    pen.ellipse((435, 60, 555, 180), fill=(200, 50, 44))
    centred(pen, 495, 210, "营 业 执 照", CHINESE_BOLD, 84)
    code = card["registration_number"]
    words = "注册号" if len(code) == 15 else "统一社会信用代码"
    centred(pen, 495, 350, f"{words}  {code}", CHINESE, 28)
    y = 430
    for words, field in card["_rows"]:
        text(pen, (100, y), words, CHINESE_BOLD, 27, (40, 36, 30))
        below = wrapped(pen, (300, y + card["_shift"]), card[field], SONG, 27, 560)
        y = max(y + 70, below + 30)
    text(pen, (560, 1200), "登记机关", CHINESE_BOLD, 30)
    year, month, date = card["issue_date"][:4], card["issue_date"][5:7], card["issue_date"][8:10]
    text(pen, (600, 1270), f"{year} 年 {month} 月 {date} 日", SONG, 30)
    return picture


def registered(body):
    """A registration number of fifteen digits with its check digit (ISO 7064, mod 11, 10)."""
    rest = 10
    for digit in body:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return body + str((11 - rest) % 10)


def any_business_license_upright(chance):
    card = any_business_license(chance)
    card["registration_number"] = chance.choice((credit_code(chance), registered(chance.choice(("33", "44")) + "9999" + digits(chance, 8))))
    if chance.random() < .3:
        card |= {"name": f"无名市云外区{chance.choice(WORDS)}小吃店", "type": "个体工商户", "registered_capital": "",
                 "business_term": "", "organization_form": "个人经营", "business_scope": "餐饮服务；食品销售。"}
        card["_rows"] = [("名        称", "name"), ("类        型", "type"), ("经 营 场 所", "address"), ("经  营  者", "legal_representative"),
                         ("组 成 形 式", "organization_form"), ("注 册 日 期", "found_date"), ("经 营 范 围", "business_scope")]
    else:
        card |= {"type": "有限责任公司", "registered_capital": "人民币" + capitals(chance.choice((50, 100, 500)) * 1_000_000)[:-1] + "整"}
        card["_rows"] = [("名        称", "name"), ("类        型", "type"), ("住        所", "address"), ("法定代表人", "legal_representative"),
                         ("注 册 资 本", "registered_capital"), ("成 立 日 期", "found_date"), ("营 业 期 限", "business_term"),
                         ("经 营 范 围", "business_scope")]
    return card


def labelled(pen, at, words, english):
    """A label with its translation under it."""
    text(pen, at, words, CHINESE, 23, (40, 40, 44))
    text(pen, (at[0], at[1] + 29), english, SANS, 14, (40, 40, 44))


def stamp(pen, at, words):
    """The seal of an authority, square, in lines of seven."""
    left, top = at
    pen.rectangle((left - 8, top - 6, left + 186, top + 112), outline=RED, width=4)
    for row in range(0, len(words), 7):
        text(pen, (left, top + 34 * (row // 7)), words[row:row + 7], CHINESE, 25, RED)


def vehicle_front(card):
    picture = ground(1000, 680, (232, 238, 242), (226, 230, 228))
    pen = ImageDraw.Draw(picture)
    centred(pen, 500, 34, "中华人民共和国机动车行驶证", CHINESE, 42)
    centred(pen, 500, 94, "Vehicle License of the People's Republic of China", SANS, 20)
    value = lambda at, words: text(pen, (at[0] + card["_aside"], at[1] + card["_shift"]), words, CHINESE, 31)
    labelled(pen, (46, 146), "号牌号码", "Plate No.")
    value((170, 148), card["number"])
    labelled(pen, (520, 146), "车辆类型", "Vehicle Type")
    value((640, 148), card["vehicle_type"])
    labelled(pen, (46, 222), "所 有 人", "Owner")
    value((170, 224), card["name"])
    labelled(pen, (46, 298), "住    址", "Address")
    value((170, 300), card["address"])
    labelled(pen, (46, 374), "使用性质", "Use Character")
    value((170, 376), card["use_character"])
    labelled(pen, (420, 374), "品牌型号", "Model")
    value((540, 376), card["model"])
    stamp(pen, (58, 470), card["issuing_authority"])
    labelled(pen, (290, 450), "车辆识别代号", "VIN")
    value((470, 452), card["vin"])
    labelled(pen, (290, 526), "发动机号码", "Engine No.")
    value((470, 528), card["engine_no"])
    labelled(pen, (290, 602), "注册日期", "Register Date")
    value((410, 604), card["register_date"])
    labelled(pen, (640, 602), "发证日期", "Issue Date")
    value((760, 604), card["issue_date"])
    return picture


def vehicle_back(card):
    picture = ground(1000, 680, (236, 238, 236), (228, 234, 240))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, CHINESE, 24, (40, 40, 44))
    value = lambda at, words: text(pen, (at[0] + card["_aside"], at[1] + card["_shift"]), words, CHINESE, 29)
    pen.rectangle((30, 30, 970, 560), outline=(120, 120, 120), width=2)
    rows = [
        (50, "号牌号码", card["number"], "档案编号", card["file_no"]),
        (126, "核定载人数", card["approved_passengers"], "总  质  量", card["gross_mass"]),
        (202, "整备质量", card["unladen_mass"], "核定载质量", card["approved_load"] or "--"),
        (278, "外廓尺寸", card["dimension"], "准牵引总质量", card["traction_mass"] or "--"),
    ]
    for y, left, left_value, right, right_value in rows:
        label((50, y + 4), left)
        value((200, y), left_value)
        label((560, y + 4), right)
        value((730, y), right_value)
    label((50, 358), "备    注")
    value((200, 354), card["remarks"])
    label((50, 450), "检验记录")
    value((200, 446), card["inspection_record"])
    if card["code_number"]:
        bars(pen, (560, 580, 900, 630), card["_chance"])
        text(pen, (600, 634), card["code_number"], MONO, 26)
    return picture


MODELS = ["星河牌XH7180B", "云帆牌YF6480C3", "恒通牌HT1041D2", "致远牌ZY7154BEV"]


def any_vehicle(chance):
    registered_on = day(chance, 2008, 2024)
    number = plate(chance)
    kind, use = chance.choice((("小型轿车", "非营运"), ("小型普通客车", "非营运"), ("重型半挂牵引车", "货运"), ("轻型栏板货车", "货运")))
    heavy = use == "货运"
    until = years_on(registered_on, 2)
    return {
        "number": number, "vehicle_type": kind, "name": chance.choice((name, company))(chance), "address": address(chance),
        "use_character": use, "model": chance.choice(MODELS), "vin": vehicle_number(chance),
        "engine_no": chance.choice(("", "L", "CFB")) + digits(chance, chance.randint(6, 8)), "register_date": iso(registered_on),
        "issue_date": iso(day(chance, registered_on[0], 2025)), "issuing_authority": police(chance),
        "file_no": digits(chance, 12), "approved_passengers": f"{chance.choice((2, 3, 5, 7))}人",
        "gross_mass": f"{chance.randint(1400, 18000)}kg", "unladen_mass": f"{chance.randint(1000, 9000)}kg",
        "approved_load": f"{chance.randint(800, 9900)}kg" if heavy else "",
        "dimension": f"{chance.randint(3800, 9000)}×{chance.randint(1600, 2500)}×{chance.randint(1400, 3600)}mm",
        "traction_mass": f"{chance.randint(20000, 40000)}kg" if heavy and chance.random() < .5 else "",
        "remarks": f"强制报废期止:{iso(years_on(registered_on, 15))}" if heavy else "",
        "inspection_record": f"检验有效期至{until[0]}年{until[1]:02d}月{number[:2]}({chance.randint(0, 30):02d})",
        "code_number": f"*{digits(chance, 13)}*" if chance.random() < .7 else "",
        "_shift": chance.randint(-4, 5), "_aside": chance.randint(-6, 10), "_chance": chance,
    }


VEHICLE_FRONT = ("number", "vehicle_type", "name", "address", "use_character", "model", "vin", "engine_no", "register_date",
                 "issue_date", "issuing_authority")
VEHICLE_BACK = ("number", "file_no", "approved_passengers", "gross_mass", "unladen_mass", "approved_load", "dimension",
                "traction_mass", "remarks", "inspection_record", "code_number")


def driver_front(card):
    picture = ground(1000, 680, (234, 240, 236), (226, 232, 240))
    pen = ImageDraw.Draw(picture)
    centred(pen, 500, 34, "中华人民共和国机动车驾驶证", CHINESE, 42)
    centred(pen, 500, 92, "Driving License of the People's Republic of China", SANS, 20)
    value = lambda at, words: text(pen, (at[0] + card["_aside"], at[1] + card["_shift"]), words, CHINESE, 31)
    labelled(pen, (300, 130), "证号", "No.")
    text(pen, (380, 132), card["number"], CHINESE, 33)
    labelled(pen, (46, 196), "姓名", "Name")
    value((130, 198), card["name"])
    labelled(pen, (400, 196), "性别", "Sex")
    value((480, 198), card["sex"])
    labelled(pen, (640, 196), "国籍", "Nationality")
    value((760, 198), card["nationality"])
    labelled(pen, (46, 270), "住址", "Address")
    wrapped(pen, (130 + card["_aside"], 272 + card["_shift"]), card["address"], CHINESE, 30, 600)
    stamp(pen, (58, 410), card["issuing_authority"])
    labelled(pen, (290, 376), "出生日期", "Date of Birth")
    value((480, 378), card["birth"])
    labelled(pen, (290, 450), "初次领证日期", "Date of First Issue")
    value((480, 452), card["issue_date"])
    labelled(pen, (290, 524), "准驾车型", "Class")
    value((480, 526), card["class"])
    labelled(pen, (46, 600), "有效期限", "Valid Period")
    value((180, 602), f"{card['valid_from']}  至  {card['valid_to']}")
    portrait(picture, (740, 356, 940, 620))
    return picture


def driver_back(card):
    picture = ground(1000, 680, (236, 238, 236), (228, 234, 240))
    pen = ImageDraw.Draw(picture)
    centred(pen, 500, 34, "中华人民共和国机动车驾驶证副页", CHINESE, 36)
    value = lambda at, words: text(pen, (at[0] + card["_aside"], at[1] + card["_shift"]), words, CHINESE, 30)
    labelled(pen, (300, 110), "证号", "No.")
    text(pen, (380, 110), card["number"], CHINESE, 32)
    labelled(pen, (46, 186), "姓名", "Name")
    value((130, 186), card["name"])
    labelled(pen, (460, 186), "档案编号", "File No.")
    value((600, 186), card["file_number"])
    labelled(pen, (46, 270), "记录", "Record")
    wrapped(pen, (130 + card["_aside"], 270 + card["_shift"]), card["record"], CHINESE, 27, 760)
    bars(pen, (560, 560, 900, 610), card["_chance"])
    text(pen, (600, 616), "*" + digits(card["_chance"], 13) + "*", MONO, 26)
    return picture


def any_driver(chance):
    sex, birth, issued = chance.choice("男女"), day(chance, 1950, 1999), day(chance, 2017, 2021)
    since = years_on(issued, chance.choice((0, 6)) if issued[0] < 2019 else 0)
    until = chance.choice((iso(years_on(since, 6)), iso(years_on(since, 10)), "长期"))
    record = chance.choice((f"请于{until}前九十日内申请换领新驾驶证。" if until != "长期" else "",
                            f"自{iso(years_on(since, 1))}至有效期起始日期有效。", "实习期至" + spelt(years_on(issued, 1)) + "。"))
    return {
        "number": citizen_of(chance, birth, sex), "name": name(chance), "sex": sex, "nationality": "中国",
        "address": address(chance), "birth": iso(birth), "issue_date": iso(issued),
        "class": chance.choice(("C1", "C1", "C2", "A2", "B2", "A1A2", "C1D", "B1B2", "C1E")), "valid_from": iso(since),
        "valid_to": until, "issuing_authority": police(chance), "file_number": digits(chance, 12), "record": record,
        "_shift": chance.randint(-4, 5), "_aside": chance.randint(-6, 10), "_chance": chance,
    }


DRIVER_FRONT = ("number", "name", "sex", "nationality", "address", "birth", "issue_date", "class", "valid_from", "valid_to",
                "issuing_authority")
DRIVER_BACK = ("number", "name", "file_number", "record")


def both(front, back):
    """The two sides of one on a sheet."""
    def draw(card):
        picture = Image.new("RGB", (1080, 1480), (252, 252, 252))
        picture.paste(front(card), (40, 40))
        picture.paste(back(card), (40, 760))
        return picture
    return draw


PLATES = {"blue": ((24, 60, 150), (240, 244, 250)), "yellow": ((232, 180, 30), (24, 24, 28)), "green": ((150, 210, 170), (24, 24, 28))}


def license_plate(card):
    """On the front of a vehicle, in the evening."""
    picture = ground(1000, 700, (112, 118, 126), (128, 132, 138))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((40, 120, 960, 640), 60, fill=(70, 74, 82))
    for side in (110, 790):
        pen.ellipse((side, 190, side + 110, 260), fill=(232, 232, 214))
    for row in range(4):
        pen.line((300, 200 + 24 * row, 700, 200 + 24 * row), fill=(40, 42, 48), width=8)
    back, ink = PLATES[card["_colour"]]
    pen.rounded_rectangle((250, 400, 750, 560), 12, fill=back)
    pen.rounded_rectangle((258, 408, 742, 552), 10, outline=ink, width=3)
    number = card["plate_number"]
    step = 440 / len(number)
    for at, letter in enumerate(number):
        font = CHINESE_BOLD if at == 0 else BOLD
        size = 78 if at == 0 else 92
        width = face(font, size).getlength(letter)
        text(pen, (280 + step * at + (step - width) / 2 + (14 if at > 1 else 0), 420 if at == 0 else 430), letter, font, size, ink)
    pen.ellipse((280 + step * 2 + 2, 474, 280 + step * 2 + 12, 484), fill=ink)
    return picture


def any_license_plate(chance):
    number, colour = plate(chance), chance.choice(("blue", "blue", "yellow", "green"))
    if colour == "green":
        number = number[:2] + chance.choice("DF") + digits(chance, 5)
    return {"plate_number": number, "_colour": colour}
