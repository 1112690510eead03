"""Itineraries of electronic tickets for air transport: the printed form, and the invoice that took its place."""
from PIL import ImageDraw

from ink import CHINESE, LIBERATION_MONO, MONO, RED, SANS, SONG, centred, ground, squares, text
from people import LATIN_GIVEN, LATIN_SURNAMES, citizen_of, company, credit_code, day, digits, iso, name, spelt

BLUE = (40, 60, 120)
AIRPORTS = [("长宁", "CNG"), ("云外", "YWA"), ("星河东", "XHE"), ("望岳", "WGY"), ("听涛", "TTO"), ("栖霞", "QXI"), ("东岭", "DGL"),
            ("南浦", "NPU"), ("T2临风", "LFN")]
CARRIERS = [("云航", "QY"), ("星河航", "XQ"), ("南浦航", "NQ"), ("东岭航空", "DQ")]
HEADS = [("carrier", "承运人", "CARRIER", 300), ("flight", "航班号", "FLIGHT", 430), ("cabin_class", "座位等级", "CLASS", 560),
         ("date", "日期", "DATE", 690), ("time", "时间", "TIME", 840), ("fare_basis", "客票级别/客票类别", "FARE BASIS", 940),
         ("effective_date", "客票生效日期", "NOTVALIDBEFORE", 1150), ("expiry_date", "有效截止日期", "NOTVALIDAFTER", 1310),
         ("baggage_allowance", "免费行李", "ALLOW", 1470)]
LEG = ("departure_station", "destination_station", "carrier", "flight", "cabin_class", "date", "time", "fare_basis",
       "effective_date", "expiry_date", "baggage_allowance")
PAPER_FARES = [("fare", "票价", "FARE"), ("caac_development_fund", "民航发展基金", "CAAC DEVELOPMENT FUND"),
               ("fuel_surcharge", "燃油附加费", "FUEL SURCHARGE"), ("other_taxes", "其他税费", "OTHER TAXES"), ("total", "合计", "TOTAL")]
INVOICE_FARES = [("fare", "票价", "FARE"), ("fuel_surcharge", "燃油附加费", "FUEL SURCHARGE"), ("tax_rate", "增值税税率", "VAT RATE"),
                 ("tax", "增值税税额", "VAT AMOUNT"), ("caac_development_fund", "民航发展基金", "CAAC DEVELOPMENT FUND"),
                 ("other_taxes", "其他税费", "OTHER TAXES"), ("total", "合计", "TOTAL")]


def flight_itinerary(card):
    is_invoice = bool(card["number"])
    picture = ground(1620, 900, (238, 244, 250), (246, 246, 240)) if not is_invoice else ground(1620, 900, (252, 252, 252), (250, 250, 252))
    pen = ImageDraw.Draw(picture)
    font, shift, stacked = card["_font"], card["_shift"], card["_stacked"]
    value = lambda at, words, size=23: text(pen, (at[0], at[1] + shift), words, font if words.isascii() else SONG, size)

    def label(at, words, latin):
        """In two lines, or in one; how wide it is in one."""
        text(pen, at, words, CHINESE, 20, BLUE)
        if stacked:
            text(pen, (at[0], at[1] + 25), latin, SANS, 13, BLUE)
        else:
            text(pen, (at[0] + 20 * len(words) + 8, at[1] + 8), latin, SANS, 13, BLUE)

    title = "电子发票（航空运输电子客票行程单）" if is_invoice else "航空运输电子客票行程单"
    centred(pen, 810, 30, title, CHINESE, 36, RED if is_invoice else BLUE)
    centred(pen, 810, 82, "ITINERARY/RECEIPT OF E-TICKET FOR AIR TRANSPORT", SANS, 18, BLUE)
    if is_invoice:
        squares(pen, (60, 20, 170, 130), card["_chance"])
        for row, (words, field) in enumerate((("发票号码:", "number"), ("开票状态:", "issue_status"), ("GP单号:", "gp_number"))):
            text(pen, (1190, 24 + 36 * row), words, CHINESE, 21, BLUE)
            value((1300, 24 + 36 * row), card[field], 21)
        text(pen, (200, 112), "国内国际标识:", CHINESE, 20, BLUE)
        value((345, 112), card["international_flag"], 21)
    else:
        text(pen, (1180, 50), "印刷序号:", CHINESE, 21, BLUE)
        text(pen, (1180, 78), "SERIAL NUMBER:", SANS, 13, BLUE)
        value((1330, 56), card["serial_number"], 24)
    pen.rectangle((50, 146, 1570, 860), outline=BLUE, width=2)
    for x, words, latin, field in ((70, "旅客姓名", "NAME OF PASSENGER", "passenger_name"), (480, "有效身份证件号码", "ID.NO.", "id_number"),
                                   (960, "签注", "ENDORSEMENTS/RESTRICTIONS", "endorsements_restrictions")):
        label((x, 154), words, latin)
        value((x + card["_aside"], 204), card[field])
    pen.line((50, 244, 1570, 244), fill=BLUE, width=2)
    value((76, 258), card["order_number"])
    for _, words, latin, x in HEADS:
        text(pen, (x, 252), words, CHINESE, 19 if len(words) < 9 else 17, BLUE)
        text(pen, (x, 277), latin, SANS, 12, BLUE)
    legs = card["_legs"]
    stations = [legs[0]["departure_station"]] + [leg["destination_station"] for leg in legs]
    rows = 5 if not is_invoice else len(stations)
    for row in range(rows):
        y = 304 + 48 * row
        text(pen, (66, y), "自" if row == 0 else "至", CHINESE, 20, BLUE)
        text(pen, (90, y + 7), "FROM" if row == 0 else "TO", SANS, 13, BLUE)
        value((142, y), stations[row] if row < len(stations) else "VOID", 22)
        for field, _, _, x in HEADS:
            said = legs[row][field] if row < len(legs) else "VOID" if field == "carrier" and row == len(legs) and not is_invoice else ""
            value((x + card["_aside"] // 2, y), said, 21)
    y = 556
    pen.line((50, y - 8, 1570, y - 8), fill=BLUE, width=2)
    fares = INVOICE_FARES if is_invoice else PAPER_FARES
    for at, (field, words, latin) in enumerate(fares):
        x = 70 + at * (1500 // len(fares))
        text(pen, (x, y), words, CHINESE, 20, BLUE)
        text(pen, (x, y + 25), latin, SANS, 13, BLUE)
        # A sign may stand apart from its amount.
        sign = card[field].rstrip("0123456789.%")
        value((x + card["_aside"], y + 50), f"{sign} {card[field][len(sign):]}" if sign and card["_apart"] else card[field])
    y = 644
    pen.line((50, y - 8, 1570, y - 8), fill=BLUE, width=2)
    lines = [[(70, 210, "电子客票号码", "E-TICKET NO.", "e_ticket_number"), (560, 150, "验证码", "CK.", "check_code"),
              (820, 180, "提示信息", "INFORMATION", "reference_information"), (1230, 170, "保险费", "INSURANCE", "insurance")],
             [(70, 210, "销售网点代号" if is_invoice else "销售单位代号", "AGENT CODE", "agent_code"),
              (570, 170, "填开单位", "ISSUED BY", "issue_organization"), (1190, 190, "填开日期", "DATE OF ISSUE", "issue_date")]]
    if is_invoice:
        lines.append([(70, 140, "购买方名称:", "", "buyer_name"), (680, 350, "统一社会信用代码/纳税人识别号:", "", "buyer_id")])
    for row, line in enumerate(lines):
        top = y + 68 * row
        for x, wide, words, latin, field in line:
            if stacked or not latin:
                text(pen, (x, top), words, CHINESE, 20, BLUE)
                text(pen, (x, top + 25), latin, SANS, 13, BLUE)
                value((x + (wide if not latin else 20 * len(words) + 22), top + 4), card[field], 22)
            else:
                label((x, top), words, latin)
                value((x + 20 * len(words) + 24 + 9 * len(latin), top), card[field], 22)
    return picture


def any_flight_itinerary(chance):
    is_invoice = chance.random() < .5
    carrier, code = chance.choice(CARRIERS)
    legs = []
    first = day(chance, 2016, 2026)
    stops = chance.sample(AIRPORTS, chance.choice((2, 2, 2, 3, 3, 4)))
    station = lambda stop: chance.choice((stop[0] + stop[1], stop[0]))
    names = [station(stop) for stop in stops]
    style = chance.choice(("iso", "short"))
    months = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
    printed = lambda date: iso(date) if is_invoice or style == "iso" else f"{date[2]:02d}{months[date[1] - 1]}"
    limits = chance.random() < .5
    for at in range(len(stops) - 1):
        date = (first[0], first[1], min(28, first[2] + at))
        cabin = chance.choice("YBMHKLQVFJ")
        legs.append({
            "departure_station": names[at], "destination_station": names[at + 1], "carrier": carrier, "flight": f"{code}{chance.randint(101, 9899)}",
            "cabin_class": cabin, "date": printed(date), "time": f"{chance.randint(6, 23):02d}{chance.choice((':', ''))}{chance.randint(0, 59):02d}",
            "fare_basis": chance.choice((cabin, cabin + "RT", f"{cabin}{chance.randint(10, 95)}")),
            "effective_date": printed(date) if limits else "", "expiry_date": printed(date) if limits else "",
            "baggage_allowance": chance.choice(("20K", "20KG", "30K", "1PC")),
        })
    fare, fund, fuel, other = chance.randint(30, 380) * 1000, 5000 * len(legs), chance.choice((0, 3000, 7000)) * len(legs), 0
    tax = round((fare + fuel) * 9 / 109) if is_invoice else 0
    money = lambda sign, cents: f"{sign}{cents / 100:.2f}"
    invoice = lambda said: said if is_invoice else ""
    paper = lambda said: "" if is_invoice else said
    passenger = name(chance) if chance.random() < .6 else f"{chance.choice(LATIN_SURNAMES)}/{chance.choice(LATIN_GIVEN)}"
    return {
        "serial_number": paper(digits(chance, 11)), "number": invoice(digits(chance, 20)), "issue_status": invoice(chance.choice(("正常", "改签", "退票"))),
        "gp_number": invoice(chance.choice(("", "GP" + digits(chance, 8)))), "international_flag": invoice(chance.choice(("国内", "国际"))),
        "passenger_name": passenger, "id_number": citizen_of(chance, day(chance, 1950, 2005), "男") if chance.random() < .7 else "E" + digits(chance, 8),
        "endorsements_restrictions": chance.choice(("", "不得签转", "不得签转改期退票", "变更退票收费")),
        "order_number": "".join(chance.choice("BCDEFGHJKMNPQRSTVWXYZ2346789") for _ in range(6)),
        "fare": money("CNY", fare - tax), "caac_development_fund": money(paper("CN"), fund), "fuel_surcharge": money(paper("YQ"), fuel),
        "other_taxes": chance.choice(("", money("", other))), "total": money("CNY", fare + fund + fuel),
        "tax_rate": invoice("9%"), "tax": invoice(money("CNY", tax)),
        "e_ticket_number": f"{chance.choice((784, 781, 999, 731))}{chance.choice(('-', ''))}{digits(chance, 10)}", "check_code": digits(chance, 4),
        "reference_information": chance.choice(("", "请提前到达机场")), "insurance": chance.choice(("XXX", "XXX", "20.00")),
        "agent_code": f"{chance.choice(AIRPORTS)[1]}{digits(chance, 3)}" + chance.choice(("", "," + digits(chance, 8))),
        "issue_organization": company(chance), "issue_date": spelt(day(chance, 2016, 2026)) if is_invoice else iso(day(chance, 2016, 2026)),
        "buyer_name": invoice(company(chance)), "buyer_id": invoice(credit_code(chance)),
        "itinerary_list": " / ".join("|".join(leg[field] for field in LEG) for leg in legs),
        "_legs": legs, "_font": chance.choice((MONO, SANS, LIBERATION_MONO)), "_shift": chance.randint(-3, 3), "_aside": chance.randint(0, 24),
        "_stacked": chance.random() < .5, "_apart": chance.random() < .5, "_chance": chance,
    }


FIELDS = ("serial_number", "passenger_name", "id_number", "endorsements_restrictions", "order_number", "fare", "caac_development_fund",
          "fuel_surcharge", "other_taxes", "total", "e_ticket_number", "check_code", "reference_information", "insurance", "agent_code",
          "issue_organization", "issue_date", "tax", "tax_rate", "buyer_name", "buyer_id", "number", "international_flag", "issue_status",
          "gp_number", "itinerary_list")
