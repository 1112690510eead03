"""Tickets and receipts: what stands on an invented one, and how it is drawn."""
from PIL import Image, ImageDraw

from ink import (BOLD, CHINESE, CHINESE_BOLD, LIBERATION_MONO, MONO, RED, SANS, SONG, centred, ground, squares, text)
from people import PROVINCES, capitals, company, day, digits, iso, name, place, plate, spelt

STATIONS = [("长宁南", "Changningnan"), ("云外", "Yunwai"), ("星河东", "Xinghedong"), ("望岳", "Wangyue"), ("听涛西", "Tingtaoxi"),
            ("栖霞北", "Qixiabei"), ("东岭", "Dongling"), ("南浦", "Nanpu")]


def train_ticket(card):
    picture = ground(1000, 640, (214, 230, 240), (226, 236, 238))
    pen = ImageDraw.Draw(picture)
    text(pen, (60, 36), card["ticket_id"], CHINESE, 38, RED)
    if card["check_port"]:
        text(pen, (760, 44), f"检票:{card['check_port']}", CHINESE, 30)
    text(pen, (80, 104), card["departure_station"][:-1], CHINESE, 46)
    text(pen, (90 + 46 * (len(card["departure_station"]) - 1), 116), "站", CHINESE, 30)
    centred(pen, 490, 104, card["train_number"], CHINESE, 44)
    pen.line((400, 166, 580, 166), fill=(24, 24, 28), width=3)
    pen.line((560, 156, 580, 166), fill=(24, 24, 28), width=3)
    text(pen, (660, 104), card["destination_station"][:-1], CHINESE, 46)
    text(pen, (670 + 46 * (len(card["destination_station"]) - 1), 116), "站", CHINESE, 30)
    text(pen, (100, 172), card["departure_station_en"], SANS, 28)
    text(pen, (690, 172), card["destination_station_en"], SANS, 28)
    date, time = card["departure_time"][:11], card["departure_time"][11:]
    text(pen, (70, 226), f"{date[:4]} 年 {date[5:7]} 月 {date[8:10]} 日 {time} 开", CHINESE, 31)
    carriage, seat = card["seat_number"].split("车")
    text(pen, (640, 226), f"{carriage} 车 {seat}", CHINESE, 31)
    text(pen, (70, 284), "￥" + card["ticket_price"][:-1] + " 元", CHINESE, 33)
    if card["sale_method"]:
        pen.ellipse((420, 280, 466, 326), outline=(24, 24, 28), width=2)
        text(pen, (428, 284), card["sale_method"], CHINESE, 28)
    text(pen, (700, 284), card["seat_category"], CHINESE, 32)
    text(pen, (70, 340), "限乘当日当次车", CHINESE, 29)
    if card["ticket_changing"]:
        text(pen, (70, 386), card["ticket_changing"], CHINESE, 29)
    text(pen, (70, 436), f"{card['id_number']} {card['name']}", CHINESE, 33)
    pen.rectangle((90, 488, 620, 580), outline=(90, 90, 96), width=2)
    centred(pen, 355, 496, "报销凭证 遗失不补", CHINESE, 27)
    centred(pen, 355, 536, "退票改签时须交回车站", CHINESE, 27)
    text(pen, (60, 592), f"{card['log_id']}  {card['sale_location']}", CHINESE, 27)
    squares(pen, (760, 400, 930, 570), card["_chance"])
    return picture


def any_train_ticket(chance):
    (start, start_en), (end, end_en) = chance.sample(STATIONS, 2)
    ticket = chance.choice("ABCDEFGHJKLMNPRSTUVWXYZ") + digits(chance, 6)
    train = chance.choice("GGDKZTC") + str(chance.randint(1, 9899))
    seat = f"{chance.randint(1, 16):02d}车{chance.randint(1, 19):02d}{chance.choice('ABCDF')}号"
    category = chance.choice(("二等座", "二等座", "一等座", "商务座"))
    if train[0] in "KZT":
        seat, category = f"{chance.randint(1, 18):02d}车{chance.randint(1, 118):03d}号", chance.choice(("新空调硬座", "硬卧", "软卧"))
    hidden = chance.choice(PROVINCES)[1] + "9999" + str(chance.randint(1950, 2005)) + "****" + digits(chance, 3) + chance.choice("0123456789X")
    date = spelt(day(chance, 2016, 2024))
    return {
        "ticket_id": ticket, "check_port": chance.choice(("", f"{chance.choice('AB')}{chance.randint(1, 28)}", f"{chance.randint(1, 20)}")),
        "train_number": train, "departure_station": start + "站", "destination_station": end + "站",
        "departure_station_en": start_en, "destination_station_en": end_en,
        "departure_time": f"{date}{chance.randint(5, 23):02d}:{chance.randint(0, 59):02d}", "seat_number": seat,
        "ticket_price": f"{chance.randint(20, 1800)}.{chance.choice('05')}元", "sale_method": chance.choice(("网", "网", "")),
        "seat_category": category, "ticket_changing": chance.choice(("", "", "始发改签")), "id_number": hidden,
        "name": name(chance), "log_id": digits(chance, 14) + ticket, "sale_location": chance.choice((start, end)) + "售",
        "_chance": chance,
    }


def form_code(chance):
    """A code of a kind of receipts: twelve digits, the province among them."""
    return "1" + chance.choice(PROVINCES)[1] + "00" + digits(chance, 7)


def quota_invoice(card):
    picture = ground(1000, 560, (244, 240, 226), (236, 240, 228))
    pen = ImageDraw.Draw(picture)
    brown = (90, 50, 40)
    centred(pen, 500, 40, card["_title"], CHINESE, 42, brown)
    centred(pen, 500, 104, "发 票 联", CHINESE, 34, brown)
    pen.ellipse((430, 60, 570, 150), outline=RED, width=3)
    text(pen, (560, 168), "发票代码", CHINESE, 26, brown)
    text(pen, (690, 166), card["code"], MONO, 29)
    text(pen, (560, 214), "发票号码", CHINESE, 26, brown)
    text(pen, (690, 212), card["number"], MONO, 29, RED if card["_red"] else (24, 24, 28))
    centred(pen, 440, 280, card["_words"], CHINESE_BOLD, 56, brown)
    if card["_figures"]:
        text(pen, (700, 360), card["amount"], BOLD if card["amount"][0] == "$" else CHINESE, 38, brown)
    text(pen, (80, 420), "收款单位（盖章有效）", CHINESE, 26, brown)
    text(pen, (640, 430), "开票日期：    年    月    日", CHINESE, 24, brown)
    text(pen, (80, 500), "密码", CHINESE, 22, brown)
    pen.rectangle((150, 480, 420, 540), fill=(150, 150, 150))
    return picture


def any_quota_invoice(chance):
    province, city = place(chance)
    cents = chance.choice((1, 2, 5, 10, 20, 50, 100, 200)) * 100
    where = province + chance.choice(("", city))
    words = capitals(cents)
    return {
        "code": form_code(chance), "number": digits(chance, 8), "location": where, "amount": f"￥{cents // 100}.00",
        "_title": where + chance.choice(("国家税务局通用定额发票", "地方税务局通用定额发票", "通用定额发票")) if where == province
        else where + "通用定额发票",
        "_words": " ".join(words) if chance.random() < .6 else words, "_figures": chance.random() < .6, "_red": chance.random() < .5,
    }


def taxi_invoice(card):
    picture = ground(560, 1180, (246, 244, 232), (238, 244, 240))
    pen = ImageDraw.Draw(picture)
    brown = (120, 60, 50)
    centred(pen, 280, 36, card["_title"], CHINESE, 32, brown)
    centred(pen, 280, 86, "发票联", CHINESE, 30, brown)
    pen.ellipse((220, 66, 340, 134), outline=RED, width=3)
    rows = [("发票代码", card["code"]), ("发票号码", card["number"])] + [(words, value) for words, value in card["_rows"] if value]
    for row, (words, value) in enumerate(rows):
        y = 156 + 60 * row
        text(pen, (50, y), words, CHINESE, 28, brown)
        text(pen, (230 + card["_aside"], y + card["_shift"]), value, CHINESE if row > 1 else MONO, 29)
    text(pen, (50, 1120), "手写无效", CHINESE, 26, brown)
    return picture


def any_taxi_invoice(chance):
    _, _, province = chance.choice(PROVINCES)
    hour, minute, took = chance.randint(0, 22), chance.randint(0, 59), chance.randint(4, 55)
    on, off = f"{hour:02d}:{minute:02d}", f"{hour + (minute + took) // 60:02d}:{(minute + took) % 60:02d}"
    date = day(chance, 2014, 2025)
    price, fare = f"{chance.choice((2, 2, 3))}.{chance.choice('0345')}0", chance.randint(11, 180)
    fuel, call = chance.choice((0, 0, 1)), chance.choice((0, 0, 5))
    shown = chance.random() < .7
    waited = f"00:{chance.randint(0, 20):02d}:{chance.randint(0, 59):02d}"
    distance = f"{chance.randint(1, 60)}.{chance.randint(0, 9)}"
    phone = chance.choice(("400", "0571", "")) + digits(chance, 8)
    card = {
        "location": province, "code": form_code(chance), "number": digits(chance, 8), "phone_number": phone,
        "company": company(chance)[:4] + "出租汽车公司" if chance.random() < .5 else "", "taxi_number": plate(chance) if chance.random() < .5 else plate(chance)[1:],
        "certificate_number": digits(chance, 6) if chance.random() < .7 else "", "identification_number": "",
        "date": iso(date), "boarding_time": on, "alighting_time": off, "time": f"{on}-{off}", "unit_price": f"￥{price}",
        "distance": distance, "waiting_time": waited, "fare": f"￥{fare}.00",
        "fuel_oil_surcharge": f"￥{fuel}.00" if shown else "", "call_service_surcharge": f"￥{call}.00" if shown else "",
        "total": f"￥{fare + (fuel + call if shown else 0)}.00",
        "_title": province + chance.choice(("出租汽车统一发票", "出租汽车专用发票", "出租车发票")),
        "_shift": chance.randint(-5, 5), "_aside": chance.randint(-6, 16),
    }
    yuan = "元" if chance.random() < .7 else ""
    together = chance.random() < .4
    times = [("时间", f"{on}-{off}")] if together else [("上车", on), ("下车", off)]
    card["_rows"] = [
        ("单位", card["company"]), ("电话", phone), ("车号", card["taxi_number"]), ("证号", card["certificate_number"]),
        ("日期", chance.choice((iso(date), spelt(date)))), *times, ("单价", f"{price}{yuan}"), ("里程", f"{distance}公里" if yuan else f"{distance}km"),
        ("等候", waited), ("金额", f"{fare}.00{yuan}"), ("燃油附加费", f"{fuel}.00{yuan}" if shown else ""),
        ("电调费", f"{call}.00{yuan}" if shown else ""), ("实收金额", card["total"][1:] + yuan),
    ]
    return card


def toll_invoice(card):
    picture = ground(1000, 520, (240, 244, 234), (234, 238, 244))
    pen = ImageDraw.Draw(picture)
    green = (50, 90, 70)
    centred(pen, 500, 36, card["_title"], CHINESE, 38, green)
    centred(pen, 500, 92, "发 票 联", CHINESE, 30, green)
    pen.ellipse((430, 54, 570, 140), outline=RED, width=3)
    text(pen, (80, 150), f"发票代码 {card['code']}", CHINESE, 27, green)
    text(pen, (560, 150), f"发票号码 {card['number']}", CHINESE, 27, green)
    label = lambda at, words: text(pen, at, words, CHINESE, 27, green)
    value = lambda at, words: text(pen, (at[0] + card["_aside"], at[1] + card["_shift"]), words, CHINESE, 29)
    colon = card["_colon"]
    rows = [("入口" + colon, card["entry"], "出口" + colon, card["exit"]),
            ("车型" + colon, card["vehicle_type"], "收费员" + colon, card["cashier"]),
            ("金额" + colon, card["amount"] + card["_yuan"], "日期" + colon, card["date"]),
            ("", "", "时间" + colon, card["time"])]
    for row, (left, left_value, right, right_value) in enumerate(rows):
        y = 220 + 62 * row
        label((80, y), left)
        value((200, y), left_value)
        label((540, y), right)
        value((670, y), right_value)
    text(pen, (80, 470), "收费单位盖章有效 手写无效", CHINESE, 24, green)
    return picture


GATES = ["吴各庄", "云外南", "星河东", "望岳主线", "听涛枢纽", "栖霞山", "东岭西", "南浦大桥", "长宁北"]


def any_toll_invoice(chance):
    _, _, province = chance.choice(PROVINCES)
    entry, leave = chance.sample(GATES, 2)
    return {
        "code": form_code(chance), "number": digits(chance, 8), "entry": entry + chance.choice(("", "站")), "exit": leave + chance.choice(("", "站")),
        "amount": chance.choice((str(chance.randint(5, 480)), f"{chance.randint(5, 480)}.00")), "cashier": digits(chance, chance.choice((3, 4, 6))),
        "vehicle_type": chance.choice(("A", "1", "客一", "客1", "一型客车", "货2")), "date": iso(day(chance, 2014, 2025)),
        "time": f"{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}",
        "_title": province + chance.choice(("高速公路车辆通行费发票", "车辆通行费专用发票", "车辆通行费统一发票")),
        "_colon": chance.choice(("", ":", "：")), "_yuan": chance.choice(("元", "")), "_shift": chance.randint(-4, 4), "_aside": chance.randint(-4, 12),
    }
