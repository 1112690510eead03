"""Business cards of invented people, in six layouts: with words as labels, with letters, and with none; who it is above
what they are, beside it, or in one line with it; set to the left, in the middle, or in two columns."""
from PIL import Image, ImageDraw

from ink import BOLD, CHINESE, CHINESE_BOLD, DARK, SANS, centred, face, text, wrapped
from people import CITIES, DISTRICTS, LATIN_GIVEN, LATIN_SURNAMES, PROVINCES, ROADS, company, digits, name

TITLES = ("销售经理", "高级工程师", "总经理", "项目总监", "市场主管", "客户代表", "技术顾问", "设计师", "董事长助理")
DEPARTMENTS = ("销售部", "市场部", "技术部", "研发中心", "财务部", "客户服务部")
LATIN_TITLES = ("Sales Manager", "Senior Engineer", "Managing Director", "Project Manager", "Lead Designer", "Legal Consultant")
LATIN_TRADES = ("Valves Ltd.", "Trading Co., Ltd.", "Consulting GmbH", "Logistics Inc.", "Software Limited")
PLACES = ("Zenith", "Nadir", "Meridian", "Borealis")
STREETS = ("Harbour Street", "Mill Lane", "Station Road", "Orchard Way", "Quay Avenue")
HOSTS = ("example.com", "example.com.cn", "example.net", "mail.example.org")
PAPERS = ((252, 252, 250), (240, 244, 248), (248, 240, 226), (232, 238, 232))


def any_business_card(chance):
    area = chance.choice(("010", "021", "0571", "0755", "028"))
    number = lambda: f"{area}-{digits(chance, 8)}"
    mobile = "1" + chance.choice(("38", "39", "50", "86")) + digits(chance, 8)
    mobile = chance.choice((mobile, f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}", f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}"))
    province = chance.choice(PROVINCES)[2]
    host = chance.choice(HOSTS)
    has = lambda: chance.random() < .6
    card = {
        "name": name(chance), "title": chance.choice(TITLES), "company": company(chance),
        "department": chance.choice(DEPARTMENTS) if has() else "",
        "phone": mobile + (f"|{number()}" if has() else ""), "fax": number() if has() else "",
        "email": f"{chance.choice(('lin', 'chen', 'info', 'sales'))}.{chance.choice('abcxyz')}{digits(chance, 2)}@{host}",
        "website": f"www.{host}" if has() else "", "postcode": digits(chance, 6) if has() else "",
        "address": f"{province}{chance.choice(CITIES)}市{chance.choice(DISTRICTS)}{chance.choice(ROADS)}{chance.randint(1, 899)}号"
                   f"{chance.choice(('星河大厦', '云帆广场', ''))}{chance.randint(2, 28)}楼{chance.randint(101, 999)}室",
        "_paper": chance.choice(PAPERS), "_style": chance.randint(0, 5), "_between": chance.choice(BETWEEN), "_line": chance.choice(((150, 30, 40), (30, 70, 140), (20, 110, 90))),
        "_slogan": chance.choice(("诚信为本", "", "品质成就未来")),
    }
    return card


def any_business_card_latin(chance):
    given, surname = chance.choice(LATIN_GIVEN).title(), chance.choice(LATIN_SURNAMES).title()
    host = chance.choice(HOSTS)
    number = lambda: f"+{chance.choice((44, 49, 31, 372))} {digits(chance, 2)} {digits(chance, 4)} {digits(chance, 4)}"
    has = lambda: chance.random() < .6
    return {
        "name": f"{given} {surname}", "title": chance.choice(LATIN_TITLES),
        "company": f"{chance.choice(PLACES)} {chance.choice(LATIN_TRADES)}", "department": "",
        "phone": number() + (f"|{number()}" if has() else ""), "fax": number() if has() else "",
        "email": f"{given.lower()}.{surname.lower()}@{host}", "website": f"www.{host}" if has() else "", "postcode": "",
        "address": f"{chance.randint(1, 199)} {chance.choice(STREETS)}, {chance.choice(PLACES)}",
        "_paper": chance.choice(PAPERS), "_style": chance.randint(0, 5), "_between": chance.choice(BETWEEN), "_line": chance.choice(((150, 30, 40), (30, 70, 140), (20, 110, 90))),
        "_slogan": "",
    }


# What stands between a name and a title in one line: of Chinese, and of Latin letters.
BETWEEN = ((" ", ", "), ("  ", " | "), ("", " - "), ("   ", " / "))
WORDS = {"phone": ("手机：", "电话："), "fax": ("传真：",) * 2, "email": ("邮箱：",) * 2, "website": ("网址：",) * 2,
         "address": ("地址：",) * 2, "postcode": ("邮编：",) * 2}
LETTERS = {"phone": ("M: ", "T: "), "fax": ("F: ",) * 2, "email": ("E: ",) * 2, "website": ("W: ",) * 2,
           "address": ("A: ",) * 2, "postcode": ("邮编: ",) * 2}
LATIN_WORDS = {"phone": ("Mobile: ", "Tel: "), "fax": ("Fax: ",) * 2, "email": ("Email: ",) * 2, "website": ("Web: ",) * 2,
               "address": ("Add: ",) * 2, "postcode": ("Zip: ",) * 2}


def business_card(card):
    picture = Image.new("RGB", (1080, 650), card["_paper"])
    pen = ImageDraw.Draw(picture)
    latin, style = card["name"].isascii(), card["_style"]
    plain, bold = (SANS, BOLD) if latin else (CHINESE, CHINESE_BOLD)
    labels = (LATIN_WORDS if latin else WORDS, LETTERS, LETTERS)[style % 3]
    grey = (70, 72, 80)
    if style == 3:
        # Who it is and what they are in one line of one size.
        text(pen, (70, 50), card["company"], bold, 38, card["_line"])
        text(pen, (70, 160), card["name"] + card["_between"][latin] + card["title"], bold, 40)
        text(pen, (70, 222), card["department"], plain, 28, grey)
        y = 280
    elif style == 4:
        centred(pen, 540, 40, card["name"], bold, 52)
        centred(pen, 540, 112, card["title"], plain, 30, grey)
        centred(pen, 540, 156, "  ".join(filter(None, (card["department"], card["company"]))), plain, 30, card["_line"])
        y = 250
    elif style == 5:
        # What they do on the left, how they are reached on the right.
        text(pen, (60, 60), card["company"], bold, 34, card["_line"])
        text(pen, (60, 240), card["name"], bold, 54)
        text(pen, (60, 330), card["title"], plain, 28, grey)
        text(pen, (60, 374), card["department"], plain, 28, grey)
        pen.line((400, 150, 400, 600), fill=card["_line"], width=3)
        y = 170
    elif style == 2:
        # Company below, in the middle; who it is on the left.
        text(pen, (70, 60), card["name"], bold, 58)
        text(pen, (70, 145), "    ".join(filter(None, (card["department"], card["title"]))), plain, 30, grey)
        pen.line((70, 205, 1010, 205), fill=card["_line"], width=4)
        y = 235
    else:
        text(pen, (70, 50), card["company"], bold, 38, card["_line"])
        if card["_slogan"]:
            text(pen, (820, 64), card["_slogan"], plain, 24, grey)
        text(pen, (70, 150), card["name"], bold, 56)
        wide = int(face(bold, 56).getlength(card["name"])) + 110
        if card["department"]:
            text(pen, (wide, 150), card["department"], plain, 28, grey)
        text(pen, (wide, 190 if card["department"] else 176), card["title"], plain, 28, grey)
        y = 270
    rows = []
    for field in ("phone", "fax", "email", "website", "address", "postcode"):
        for at, value in enumerate(filter(None, card[field].split("|"))):
            label = labels[field][min(at, 1)]
            # Without labels only what says by its form what it is.
            rows.append(value if style == 2 and field in ("email", "website", "address") else label + value)
    for row in rows:
        if style == 4:
            centred(pen, 540, y, row, plain, 27, DARK)
        elif style == 5:
            y = wrapped(pen, (430, y), row, plain, 25, 600, DARK, 1.3) + 8 - 40
        else:
            text(pen, (70, y), row, plain, 27, DARK)
        y += 40
    if style == 2:
        centred(pen, 540, 580, card["company"], bold, 34, card["_line"])
    return picture

