"""Cards and passports: what stands on an invented one, and how it is drawn."""
from PIL import Image, ImageDraw

from ink import BOLD, CHINESE, LIBERATION_MONO, MONO, SANS, ground, portrait, text
from people import (LATIN_GIVEN, LATIN_SURNAMES, PEOPLES, address, citizen_of, day, digits, iso, luhn, name, place,
                    td1, td2, td3, vehicle_number, years_on)

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# By the first digits of a card's number: who issued it, how many digits it has, and what kind of card it is.
ISSUERS = [("622202", 19, "中国工商银行", "savings", ((150, 30, 44), (176, 48, 58))), ("622848", 19, "中国农业银行", "savings", ((20, 120, 90), (38, 138, 106))),
           ("621700", 19, "中国建设银行", "savings", ((30, 70, 140), (46, 90, 162))), ("439225", 16, "招商银行", "credit", ((90, 40, 50), (112, 58, 70)))]


def vin(card):
    picture = ground(860, 260, (196, 200, 204), (176, 180, 186))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((20, 20, 840, 240), 16, outline=(90, 94, 100), width=4)
    text(pen, (60, 46), "INVENTED MOTORS  MODEL S-17", BOLD, 26)
    text(pen, (60, 196), "GROSS MASS 1890 kg   2021/06", SANS, 24)
    text(pen, (60, 112), card["vin"], LIBERATION_MONO, 68, spacing=44)
    return picture


def any_vin(chance):
    return {"vin": vehicle_number(chance)}


def mrz_date(date):
    return date[2:4] + date[5:7] + date[8:10]


def spoken(date):
    return f"{date[8:10]} {MONTHS[int(date[5:7]) - 1]} {date[:4]}"


def passport(card):
    picture = ground(1250, 880, (238, 232, 222), (220, 226, 224))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, SANS, 17, (92, 84, 96))
    value = lambda at, words: text(pen, at, words, BOLD, 29)
    text(pen, (60, 40), "PASSPORT", BOLD, 40, (60, 40, 90))
    text(pen, (420, 40), "UTOPIA", BOLD, 40, (60, 40, 90))
    portrait(picture, (60, 150, 370, 560))
    rows = [
        (410, 130, "Type", "P"), (560, 130, "Country code", "UTO"), (840, 130, "Passport No.", card["passport_number"]),
        (410, 205, "Surname", card["surname"]), (410, 280, "Given names", card["given_name"]),
        (410, 355, "Nationality", "UTOPIAN"), (410, 430, "Date of birth", spoken(card["date_of_birth"])),
        (760, 430, "Sex", card["sex"]), (870, 430, "Place of birth", card["place_of_birth"]),
        (410, 505, "Date of issue", spoken(card["date_of_issue"])), (760, 505, "Authority", card["issuing_authority"]),
        (410, 580, "Date of expiry", spoken(card["date_of_expiry"])),
    ]
    for x, y, label_of, words in rows:
        label((x, y), label_of)
        value((x, y + 24), words)
    zone = td3("P", "UTO", card["surname"], card["given_name"], card["passport_number"], "UTO",
               mrz_date(card["date_of_birth"]), card["sex"], mrz_date(card["date_of_expiry"]), "")
    for row, line in enumerate(zone):
        text(pen, (50, 735 + 58 * row), line, MONO, 42, spacing=26)
    return picture


def any_passport(chance):
    issued = day(chance, 2017, 2025)
    letters = "ABCDEFGHKLMNPRSTVXYZ"
    return {
        "passport_type": "P", "country_code": "UTO", "nationality": "UTO",
        "passport_number": chance.choice(letters) + digits(chance, 7) + chance.choice(letters),
        "surname": chance.choice(LATIN_SURNAMES), "given_name": " ".join(chance.sample(LATIN_GIVEN, chance.choice((1, 2)))),
        "sex": chance.choice("FM"), "date_of_birth": iso(day(chance, 1945, 2004)), "date_of_issue": iso(issued),
        "date_of_expiry": iso(years_on(issued, 10)), "place_of_birth": chance.choice(("ZENITH", "NADIR", "MERIDIAN")),
        "place_of_issue": "", "issuing_authority": "PASSPORT OFFICE",
    }


COUNTRIES = ("UTO", "DEU", "CHL", "PER", "NLD", "EST", "PRT", "HUN")
OFFICES = ("CITY OF ZENITH", "CIVIL REGISTRY", "MUNICIPALITY OF NADIR", "INTERIOR OFFICE")
STREETS = ("HARBOUR STREET", "MILL LANE", "STATION ROAD", "ORCHARD WAY")


def id_zone(card, form):
    country = {"DEU": "D"}.get(card["country_region"], card["country_region"]).ljust(3, "<")
    return form("I" if form is td2 else card["_code"], country, card["last_name"], card["first_name"], card["document_number"],
                {"DEU": "D<<"}.get(card["nationality"], card["nationality"]), mrz_date(card["birth_date"]), card["sex"] or "<",
                mrz_date(card["expiry_date"]))


def id_document_back(card):
    """The other side of a card of the size of a bank card, with a zone of three lines."""
    picture = ground(1000, 630, (226, 232, 238), (214, 226, 222))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, SANS, 17, (84, 88, 104))
    value = lambda at, words: text(pen, at, words, BOLD, 27)
    rows = [(50, 40, "Address", card["address"]), (50, 120, "Date of issue", spoken(card["issue_date"])),
            (420, 120, "Issuing authority", card["issuing_authority"]), (50, 200, "Height", card["_height"])]
    for x, y, label_of, words in rows:
        label((x, y), label_of)
        value((x, y + 24), words)
    for row, line in enumerate(id_zone(card, td1)):
        text(pen, (45, 410 + 62 * row), line, MONO, 48, spacing=30)
    return picture


def id_document_front(card):
    """A larger card with a portrait, and a zone of two lines."""
    picture = ground(1100, 780, (236, 230, 218), (222, 228, 222))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, SANS, 17, (84, 88, 104))
    value = lambda at, words: text(pen, at, words, BOLD, 27)
    text(pen, (50, 36), "IDENTITY CARD", BOLD, 38, (40, 60, 90))
    portrait(picture, (50, 130, 320, 490))
    rows = [(370, 120, "Surname", card["last_name"]), (370, 200, "Given names", card["first_name"]),
            (370, 280, "Date of birth", spoken(card["birth_date"])), (700, 280, "Sex", card["sex"]),
            (370, 360, "Date of issue", spoken(card["issue_date"])), (700, 360, "Authority", card["issuing_authority"]),
            (370, 440, "Date of expiry", spoken(card["expiry_date"])), (700, 440, "Card No.", card["document_number"])]
    for x, y, label_of, words in rows:
        label((x, y), label_of)
        value((x, y + 24), words)
    for row, line in enumerate(id_zone(card, td2)):
        text(pen, (45, 620 + 62 * row), line, MONO, 46, spacing=28)
    return picture


def any_id_document(chance):
    issued, country = day(chance, 2017, 2025), chance.choice(COUNTRIES)
    letters = "ABCDEFGHKLMNPRSTVXYZ"
    return {
        "country_region": country, "id_type": "ID", "side": "front", "first_name": " ".join(chance.sample(LATIN_GIVEN, chance.choice((1, 2)))),
        "last_name": chance.choice(LATIN_SURNAMES), "sex": chance.choice("FM"),
        "nationality": chance.choice((country, country, chance.choice(COUNTRIES))),
        "birth_date": iso(day(chance, 1945, 2004)), "issue_date": iso(issued), "expiry_date": iso(years_on(issued, 10)),
        "document_number": chance.choice(letters) + digits(chance, 7) + chance.choice(letters), "address": "",
        "issuing_authority": chance.choice(OFFICES),
    }


def any_id_document_back(chance):
    card = any_id_document(chance)
    number = card["document_number"] + chance.choice(("", "", digits(chance, 3)))
    return {**card, "side": "back", "document_number": number, "_code": chance.choice(("I", "ID", "A", "C")),
            "_height": f"{chance.randint(150, 199)} cm", "address": f"{chance.randint(1, 99)} {chance.choice(STREETS)}, NADIR"}


def passport_chn(card):
    picture = ground(1250, 880, (236, 226, 228), (224, 230, 236))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, CHINESE, 17, (92, 84, 96))
    value = lambda at, words: text(pen, at, words, CHINESE, 28)
    birth, issue, expiry = (card[field] for field in ("date_of_birth", "date_of_issue", "date_of_expiry"))
    month = lambda date: f"{date[8:10]} {int(date[5:7])}月/{MONTHS[int(date[5:7]) - 1]} {date[:4]}"
    text(pen, (60, 40), "护照 PASSPORT", CHINESE, 38, (60, 40, 90))
    text(pen, (420, 40), "中华人民共和国", CHINESE, 34, (60, 40, 90))
    text(pen, (420, 86), "PEOPLE'S REPUBLIC OF CHINA", SANS, 20, (60, 40, 90))
    portrait(picture, (60, 150, 370, 560))
    rows = [
        (410, 130, "类型/Type", "P"), (560, 130, "国家码/Country Code", "CHN"),
        (840, 130, "护照号/Passport No.", card["passport_number"]),
        (410, 205, "姓名/Name", card["name"]), (410, 295, "性别/Sex", f"{card['local_sex']}/{card['sex']}"),
        (570, 295, "国籍/Nationality", "中国/CHINESE"), (860, 295, "出生日期/Date of birth", spoken(birth)),
        (410, 370, "出生地点/Place of birth", "浙江/" + card["place_of_birth"]),
        (860, 370, "签发日期/Date of issue", month(issue)),
        (410, 445, "签发地点/Place of issue", "浙江/" + card["place_of_issue"]),
        (860, 445, "有效期至/Date of expiry", month(expiry)), (410, 520, "签发机关/Authority", card["issuing_authority"]),
    ]
    for x, y, label_of, words in rows:
        label((x, y), label_of)
        value((x, y + 24), words)
    text(pen, (410, 263), f"{card['surname']}, {card['given_name']}", BOLD, 26)
    text(pen, (410, 580), "National Immigration Administration, PRC", SANS, 24)
    lines = td3("P", "CHN", card["surname"], card["given_name"], card["passport_number"], "CHN", mrz_date(birth),
                card["sex"], mrz_date(expiry), "MBNFLNKJ<<<<A9")
    for row, line in enumerate(lines):
        text(pen, (50, 735 + 58 * row), line, MONO, 42, spacing=26)
    return picture


# As names are spelt in Latin letters.
SPELT = [("林", "LIN"), ("陈", "CHEN"), ("黄", "HUANG"), ("周", "ZHOU"), ("徐", "XU"), ("罗", "LUO")]
SPELT_GIVEN = [("晓舟", "XIAOZHOU"), ("雨桐", "YUTONG"), ("子涵", "ZIHAN"), ("浩然", "HAORAN"), ("思远", "SIYUAN")]


def any_passport_chn(chance):
    issued, sex = day(chance, 2017, 2025), chance.choice("男女")
    (family, surname), (own, given) = chance.choice(SPELT), chance.choice(SPELT_GIVEN)
    return {
        "passport_type": "P", "country_code": "CHN", "nationality": "CHINESE", "passport_number": "EX" + digits(chance, 7),
        "surname": surname, "given_name": given, "name": family + own, "sex": "M" if sex == "男" else "F",
        "local_sex": sex, "date_of_birth": iso(day(chance, 1950, 2004)), "date_of_issue": iso(issued),
        "date_of_expiry": iso(years_on(issued, 10)), "place_of_birth": "ZHEJIANG", "place_of_issue": "ZHEJIANG",
        "issuing_authority": "国家移民管理局",
    }


def bankcard(card):
    picture = ground(1000, 630, *card.get("_colours", ISSUERS[0][4]))
    pen = ImageDraw.Draw(picture)
    light = (246, 240, 232)
    text(pen, (70, 50), card["bank_name"], CHINESE, 44, light)
    if card["bank_name"] == "中国工商银行":
        text(pen, (70, 112), "INDUSTRIAL AND COMMERCIAL BANK OF CHINA", SANS, 22, light)
    pen.rounded_rectangle((80, 210, 200, 300), 12, fill=(212, 190, 120))
    text(pen, (80, 330), card["card_number"], LIBERATION_MONO, 54, light)
    text(pen, (420, 430), "VALID THRU", SANS, 20, light)
    text(pen, (560, 416), card["expiry_date"], LIBERATION_MONO, 40, light)
    text(pen, (80, 500), "SPECIMEN HOLDER", LIBERATION_MONO, 36, light)
    text(pen, (760, 480), "UnionPay", BOLD, 44, light)
    text(pen, (790, 530), "银联", CHINESE, 40, light)
    return picture


def bankcard_visa(card):
    picture = ground(1000, 630, (30, 50, 110), (44, 70, 140))
    pen = ImageDraw.Draw(picture)
    light = (236, 240, 248)
    text(pen, (70, 50), card["bank_name"], CHINESE, 44, light)
    text(pen, (320, 60), "CHINA MERCHANTS BANK", SANS, 26, light)
    text(pen, (80, 330), card["card_number"], LIBERATION_MONO, 60, light)
    text(pen, (300, 420), "VALID FROM", SANS, 18, light)
    text(pen, (420, 410), card["issue_date"], LIBERATION_MONO, 36, light)
    text(pen, (580, 420), "GOOD THRU", SANS, 18, light)
    text(pen, (700, 410), card["expiry_date"], LIBERATION_MONO, 36, light)
    text(pen, (80, 500), "A INVENTED", LIBERATION_MONO, 36, light)
    text(pen, (790, 500), "VISA", BOLD, 64, light)
    return picture


def by_fours(number):
    return " ".join(number[at:at + 4] for at in range(0, len(number), 4))


def any_bankcard(chance):
    first, length, bank, kind, colours = chance.choice(ISSUERS)
    return {"bank_name": bank, "card_number": by_fours(luhn(first + digits(chance, length - 7))), "issue_date": "",
            "expiry_date": f"{chance.randint(1, 12):02d}/{chance.randint(27, 36)}", "type": kind, "_colours": colours}


def any_bankcard_visa(chance):
    year = chance.randint(21, 25)
    month = f"{chance.randint(1, 12):02d}"
    return {"bank_name": "招商银行", "card_number": by_fours(luhn("439225" + digits(chance, 9))),
            "issue_date": f"{month}/{year}", "expiry_date": f"{month}/{year + 5}", "type": "credit"}


def id_front(card):
    picture = ground(1000, 630, (222, 232, 238), (232, 226, 224))
    pen = ImageDraw.Draw(picture)
    label = lambda at, words: text(pen, at, words, CHINESE, 27, (70, 110, 160))
    value = lambda at, words: text(pen, at, words, CHINESE, 34)
    year, month, date = card["birth"].split("-")
    label((66, 74), "姓 名")
    value((176, 64), card["name"])
    label((66, 146), "性 别")
    value((176, 138), card["sex"])
    label((290, 146), "民 族")
    value((400, 138), card["ethnicity"])
    label((66, 216), "出 生")
    value((176, 208), year)
    label((276, 216), "年")
    value((326, 208), month)
    label((382, 216), "月")
    value((432, 208), date)
    label((490, 216), "日")
    label((66, 290), "住 址")
    value((176, 282), card["address"][:12])
    value((176, 332), card["address"][12:])
    label((66, 536), "公民身份号码")
    text(pen, (330, 524), card["number"], LIBERATION_MONO, 44, spacing=30)
    portrait(picture, (650, 90, 930, 440))
    return picture


def any_id_front(chance):
    sex, birth = chance.choice("男女"), day(chance, 1945, 2009)
    return {"name": name(chance), "sex": sex, "ethnicity": chance.choice(PEOPLES), "birth": iso(birth),
            "address": address(chance), "number": citizen_of(chance, birth, sex)}


def id_back(card):
    picture = ground(1000, 630, (226, 236, 234), (236, 228, 226))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((60, 60, 230, 230), fill=(196, 60, 52))
    text(pen, (300, 70), "中华人民共和国", CHINESE, 62)
    text(pen, (300, 170), "居 民 身 份 证", CHINESE, 70)
    text(pen, (230, 448), "签发机关", CHINESE, 28, (40, 40, 44))
    text(pen, (400, 444), card["issue"], CHINESE, 34)
    text(pen, (230, 528), "有效期限", CHINESE, 28, (40, 40, 44))
    dotted = lambda date: date.replace("-", ".")
    text(pen, (400, 524), f"{dotted(card['valid_from'])}-{dotted(card['valid_to'])}", CHINESE, 34)
    return picture


def any_id_back(chance):
    issued = day(chance, 2006, 2025)
    until = chance.choice((iso(years_on(issued, 10)), iso(years_on(issued, 20)), "长期"))
    return {"issue": f"{place(chance)[1]}公安局{chance.choice('云星东西')}{chance.choice('湖岭河桥')}分局",
            "valid_from": iso(issued), "valid_to": until}


def id_both(card):
    """Copied onto one sheet."""
    picture = Image.new("RGB", (1100, 1400), (252, 252, 252))
    picture.paste(id_front(card), (50, 40))
    picture.paste(id_back(card), (50, 720))
    return picture


def poster(_):
    picture = Image.new("RGB", (900, 620), (250, 214, 90))
    pen = ImageDraw.Draw(picture)
    text(pen, (60, 40), "BIG SUMMER SALE", BOLD, 64, (150, 20, 30))
    text(pen, (60, 140), "全场五折起", CHINESE, 60, (30, 30, 30))
    pen.rectangle((40, 260, 860, 580), fill=(255, 255, 255))
    text(pen, (70, 290), "收件人：林晓舟", CHINESE, 36)
    text(pen, (70, 360), "电话：13900001234", CHINESE, 36)
    text(pen, (70, 430), "地址：浙江省杭州市西湖区星河路88号3幢502室", CHINESE, 32)
    return picture
