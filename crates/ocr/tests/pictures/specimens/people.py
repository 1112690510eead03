"""People, companies, vehicles and numbers that are invented. They obey the rules of their kind and are nobody's."""
SURNAMES = "林陈黄张李王吴刘蔡杨许郑谢郭洪曾周叶廖徐苏江何罗高潘简朱钟彭游詹胡施沈余卢梁赵颜柯翁魏孙戴"
GIVEN = "晓舟雨桐子涵浩然思远佳宁文博欣怡俊杰梦瑶志强丽华建国秀英明轩若曦天佑雪松嘉禾清扬云帆书瑶景行念慈"
# The sign on plates, the two digits of the region's code, and the name.
PROVINCES = [("京", "11", "北京市"), ("津", "12", "天津市"), ("冀", "13", "河北省"), ("辽", "21", "辽宁省"),
             ("沪", "31", "上海市"), ("苏", "32", "江苏省"), ("浙", "33", "浙江省"), ("皖", "34", "安徽省"),
             ("闽", "35", "福建省"), ("鲁", "37", "山东省"), ("豫", "41", "河南省"), ("鄂", "42", "湖北省"),
             ("湘", "43", "湖南省"), ("粤", "44", "广东省"), ("川", "51", "四川省"), ("云", "53", "云南省"), ("陕", "61", "陕西省")]
CITIES = ["无名", "云外", "星河", "临风", "望岳", "听涛", "栖霞", "长宁", "东岭", "南浦"]
DISTRICTS = ["云外区", "星河区", "东湖区", "西岭区", "新桥区", "望江区"]
ROADS = ["星河路", "云外大道", "梧桐街", "临江路", "青石巷", "望岳路", "春熙街", "建业路"]
TRADES = ["科技", "贸易", "餐饮管理", "物流", "文化传媒", "建筑工程", "信息技术", "电子商务"]
WORDS = ["星河", "云帆", "致远", "恒通", "嘉禾", "清源", "瑞丰", "博文", "天佑", "明德"]
PEOPLES = ["汉", "汉", "汉", "汉", "满", "回", "壮", "苗"]
LATIN_SURNAMES = ["LINDQVIST", "MORAVEC", "OKAFOR", "TANAKA", "FERREIRA", "NOWAK", "DUBOIS", "HALVORSEN", "ROSSI", "KOVAC"]
LATIN_GIVEN = ["MARTA", "SELMA", "JONAS", "AMARA", "KENJI", "LUCIA", "PAVEL", "EMILIE", "HENRIK", "SOFIA", "ANTON"]


def digits(chance, count):
    return "".join(chance.choice("0123456789") for _ in range(count))


def day(chance, first, last):
    return chance.randint(first, last), chance.randint(1, 12), chance.randint(1, 28)


def iso(date):
    return "%04d-%02d-%02d" % date


def spelt(date):
    return "%04d年%02d月%02d日" % date


def years_on(date, years):
    return date[0] + years, date[1], date[2]


def name(chance):
    return chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2))))


def place(chance):
    """A province and a city that is not in it."""
    _, _, province = chance.choice(PROVINCES)
    return province, chance.choice(CITIES) + "市"


def address(chance):
    province, city = place(chance)
    flat = chance.choice((f"{chance.randint(1, 30)}幢{chance.randint(101, 2804)}室", f"{chance.randint(1, 9)}号楼", ""))
    return f"{province}{city}{chance.choice(DISTRICTS)}{chance.choice(ROADS)}{chance.randint(1, 899)}号{flat}"


def company(chance):
    ending = chance.choice(("有限公司", "有限公司", "有限责任公司", "股份有限公司"))
    return chance.choice(CITIES) + chance.choice(WORDS) + chance.choice(TRADES) + ending


def police(chance):
    province, city = place(chance)
    return f"{province}{city}公安局交通警察支队"


def luhn(body):
    """With its check digit."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def mrz_check(field):
    value = lambda c: 0 if c == "<" else int(c) if c.isdigit() else ord(c) - 55
    return str(sum(value(c) * (7, 3, 1)[i % 3] for i, c in enumerate(field)) % 10)


def td3(kind, country, surname, given, number, nationality, birth, sex, expiry, personal):
    first = f"{kind}<{country}{surname}<<{given}".replace(" ", "<").ljust(44, "<")
    number, personal = number.ljust(9, "<"), personal.ljust(14, "<")
    parts = [number + mrz_check(number), birth + mrz_check(birth), expiry + mrz_check(expiry)]
    personal_check = personal + ("<" if set(personal) == {"<"} else mrz_check(personal))
    composite = mrz_check(parts[0] + parts[1] + parts[2] + personal_check)
    return [first, parts[0] + nationality + parts[1] + sex + parts[2] + personal_check + composite]


def td2(kind, country, surname, given, number, nationality, birth, sex, expiry):
    first = f"{kind}<{country}{surname}<<{given}".replace(" ", "<").ljust(36, "<")
    number = number.ljust(9, "<")
    parts = [number + mrz_check(number), birth + mrz_check(birth), expiry + mrz_check(expiry)]
    composite = mrz_check("".join(parts) + "<" * 7)
    return [first, parts[0] + nationality + parts[1] + sex + parts[2] + "<" * 7 + composite]


def td1(kind, country, surname, given, number, nationality, birth, sex, expiry, optional=("", "")):
    """A number that is longer than its place goes on in what is optional."""
    place, rest = number[:9].ljust(9, "<"), number[9:]
    checked = place + ("<" + rest if rest else "") + mrz_check(number if rest else place)
    first = (f"{kind:<<2}{country}" + checked + optional[0]).ljust(30, "<")
    parts = [birth + mrz_check(birth), expiry + mrz_check(expiry)]
    second = parts[0] + sex + parts[1] + nationality + optional[1].ljust(11, "<")
    composite = mrz_check(first[5:] + second[:7] + second[8:15] + second[18:29])
    return [first, second + composite, f"{surname}<<{given}".replace(" ", "<").ljust(30, "<")]


def permit_zone(kind, number, expiry, birth):
    """The line on an exit-entry permit, with its four check digits."""
    parts = [field + mrz_check(field) for field in (number, expiry, birth)]
    return kind + "<".join(parts) + "<" + mrz_check("".join(parts))


def citizen(body):
    """A number of GB 11643 with its check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights)) % 11]


def citizen_of(chance, birth, sex):
    """Of a region that is not there, 9999."""
    order = chance.randint(0, 499) * 2 + (1 if sex == "男" else 0)
    return citizen(chance.choice(PROVINCES)[1] + "9999" + "%04d%02d%02d" % birth + "%03d" % order)


def vin_of(body):
    """With the check digit of its ninth place."""
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9)))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    rest = sum((int(c) if c.isdigit() else values[c]) * w for c, w in zip(body, weights)) % 11
    return body[:8] + ("X" if rest == 10 else str(rest)) + body[9:]


def vehicle_number(chance):
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    body = "LZZ" + "".join(chance.choice(letters) for _ in range(5)) + "0" + "".join(chance.choice(letters) for _ in range(4))
    return vin_of(body + digits(chance, 4))


def plate(chance):
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    # At most two of the last five are letters.
    rest = list(digits(chance, 5))
    for at in chance.sample(range(5), chance.randint(0, 2)):
        rest[at] = chance.choice(letters)
    rest = "".join(rest)
    return chance.choice(PROVINCES)[0] + chance.choice(letters[:12]) + rest


CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(chance):
    """A unified social credit code (GB 32100) with the check characters of both its parts."""
    letters = CREDIT[:10] * 2 + "MA"
    body = "".join(chance.choice(letters) for _ in range(8))
    value = lambda c: int(c) if c.isdigit() else ord(c) - 55
    rest = 11 - sum(value(c) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
    organisation = body + ("X" if rest == 10 else "0" if rest == 11 else str(rest))
    code = "91" + chance.choice(PROVINCES)[1] + "9999" + organisation
    total = sum(CREDIT.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return code + CREDIT[-total % 31]


def capitals(cents):
    """An amount in the figures that cannot be altered."""
    signs, places = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟")

    def group(number):
        said, gap = "", False
        for place in range(3, -1, -1):
            digit = number // 10 ** place % 10
            if digit == 0:
                gap = bool(said)
            else:
                said += ("零" if gap else "") + signs[digit] + places[place]
                gap = False
        return said

    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    myriads, rest = divmod(yuan, 10_000)
    said = (group(myriads) + "万" if myriads else "") + ("零" if myriads and 0 < rest < 1000 else "") + group(rest)
    said = said + "元" if said else ""
    if jiao == 0 and fen == 0:
        return said + "整"
    said += signs[jiao] + "角" if jiao else ("零" if said else "")
    return said + (signs[fen] + "分" if fen else "整")
