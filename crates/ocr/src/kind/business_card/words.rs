//! The words of business cards: labels before what they are about, and what tells a company, a department, a title and a
//! name by itself. Nothing here knows where it stands.

use super::Item;
use crate::sheet::simplified;

/// Labels and what follows them, in lower case without spaces. Longer ones before shorter ones that begin them.
const LABELS: &[(&str, Item)] = &[
    ("移动电话", Item::Phone),
    ("联系电话", Item::Phone),
    ("办公电话", Item::Phone),
    ("telephone", Item::Phone),
    ("电话", Item::Phone),
    ("手机", Item::Phone),
    ("座机", Item::Phone),
    ("总机", Item::Phone),
    ("mobile", Item::Phone),
    ("phone", Item::Phone),
    ("tel", Item::Phone),
    ("mob", Item::Phone),
    ("cell", Item::Phone),
    ("传真", Item::Fax),
    ("fax", Item::Fax),
    ("电子邮箱", Item::Email),
    ("电子邮件", Item::Email),
    ("邮箱", Item::Email),
    ("邮件", Item::Email),
    ("e-mail", Item::Email),
    ("email", Item::Email),
    ("mail", Item::Email),
    ("公司网址", Item::Website),
    ("网址", Item::Website),
    ("网站", Item::Website),
    ("website", Item::Website),
    ("web", Item::Website),
    ("邮政编码", Item::Postcode),
    ("邮编", Item::Postcode),
    ("postcode", Item::Postcode),
    ("zip", Item::Postcode),
    ("公司地址", Item::Address),
    ("地址", Item::Address),
    ("address", Item::Address),
    ("addr", Item::Address),
    ("add", Item::Address),
    ("微信", Item::Extra),
    ("wechat", Item::Extra),
    ("qq", Item::Extra),
];
/// Labels of one letter: they need a mark behind them.
const LETTERS: &[(char, Item)] = &[
    ('t', Item::Phone),
    ('m', Item::Phone),
    ('p', Item::Phone),
    ('f', Item::Fax),
    ('e', Item::Email),
    ('w', Item::Website),
    ('a', Item::Address),
];

const COMPANIES: &[&str] =
    &["公司", "集团", "银行", "大学", "研究院", "研究所", "事务所", "医院", "工作室", "合作社"];
const LATIN_COMPANIES: &[&str] = &[
    "ltd",
    "limited",
    "inc",
    "llc",
    "gmbh",
    "corp",
    "corporation",
    "company",
    "plc",
    "university",
    "bank",
    "group",
    "holdings",
    "institute",
];
const DEPARTMENTS: &[&str] = &["部", "中心", "处", "科室", "学院", "事业群", "办公室"];
const LATIN_DEPARTMENTS: &[&str] = &["department", "dept", "division"];
pub(super) const TITLES: &[&str] = &[
    "经理",
    "总监",
    "工程师",
    "主任",
    "教授",
    "总裁",
    "董事长",
    "董事",
    "主管",
    "顾问",
    "专员",
    "律师",
    "助理",
    "院长",
    "设计师",
    "会计师",
    "代表",
    "店长",
    "厂长",
    "部长",
    "处长",
    "科长",
    "讲师",
    "研究员",
    "合伙人",
    "分析师",
    "架构师",
    "秘书",
    "主席",
    "创始人",
    "医师",
];
pub(super) const LATIN_TITLES: &[&str] = &[
    "manager",
    "director",
    "engineer",
    "president",
    "ceo",
    "cto",
    "cfo",
    "consultant",
    "assistant",
    "designer",
    "partner",
    "lawyer",
    "analyst",
    "architect",
    "professor",
    "officer",
    "representative",
    "accountant",
    "specialist",
    "secretary",
    "chairman",
    "founder",
    "supervisor",
];
const STREETS: &[&str] = &["路", "街", "大道", "巷", "号", "室", "楼", "座", "栋", "幢", "层", "园"];
const LATIN_STREETS: &[&str] =
    &["street", "road", "avenue", "lane", "way", "square", "boulevard", "drive", "st", "rd", "ave"];
/// The family names of most people of China; those of two characters first.
const SURNAMES: &str = "欧阳上官司马诸葛司徒皇甫尉迟公孙慕容王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝洪宾鄂狄凤花湛滑裘储汲糜";

/// A label that begins a text: what it is about, and how many characters it has, with the marks after it.
pub(super) fn label(text: &[char]) -> Option<(Item, usize)> {
    let is_mark = |char: &char| matches!(char, ':' | '：' | '.' | '/' | '|');
    let marks = |from: usize| text[from..].iter().take_while(|char| is_mark(char)).count();
    for (word, item) in LABELS {
        let length = word.chars().count();
        let Some(begin) = text.get(..length) else { continue };
        let says = begin.iter().zip(word.chars()).all(|(a, b)| a.to_ascii_lowercase() == b);
        // A word in Latin letters ends there.
        let ends = text.get(length).is_none_or(|next| !next.is_ascii_alphabetic() || !begin[0].is_ascii());
        if says && ends {
            return Some((*item, length + marks(length)));
        }
    }
    let letter = text.first()?.to_ascii_lowercase();
    let item = LETTERS.iter().find(|(char, _)| *char == letter)?.1;
    matches!(text.get(1), Some(':' | '：')).then(|| (item, 1 + marks(1)))
}

pub(super) fn is_chinese(char: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&char)
}

/// Whether a text in Latin letters has one of these words.
fn has_word(text: &str, words: &[&str]) -> bool {
    let lower = text.to_ascii_lowercase();
    let mut said = lower.split(|char: char| !char.is_ascii_alphanumeric());
    said.any(|word| words.contains(&word))
}

/// What a text without a label is, by its form and its words.
pub(super) fn kind(text: &str) -> Option<Item> {
    let dense: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let has_chinese = dense.chars().any(is_chinese);
    if email(text).is_some() {
        return Some(Item::Email);
    }
    if website(text).is_some() {
        return Some(Item::Website);
    }
    if !has_chinese && !phones(text).is_empty() && dense.chars().all(|char| !char.is_ascii_alphabetic()) {
        return Some(Item::Phone);
    }
    if has_chinese {
        let has_number = dense.chars().any(|char| char.is_ascii_digit());
        let streets = STREETS.iter().filter(|word| dense.contains(**word)).count();
        return if has_number && streets >= 2 {
            Some(Item::Address)
        } else if COMPANIES.iter().any(|word| dense.contains(word)) && !has_number {
            Some(Item::Company)
        } else if TITLES.iter().any(|word| dense.ends_with(word)) {
            Some(Item::Title)
        } else if DEPARTMENTS.iter().any(|word| dense.ends_with(word)) && dense.chars().count() > 2 {
            Some(Item::Department)
        } else if is_chinese_name(&dense) {
            Some(Item::Name)
        } else {
            None
        };
    }
    let has_number = dense.chars().any(|char| char.is_ascii_digit());
    if has_number && has_word(text, LATIN_STREETS) {
        Some(Item::Address)
    } else if has_number {
        None
    } else if has_word(text, LATIN_DEPARTMENTS) {
        Some(Item::Department)
    } else if has_word(text, LATIN_TITLES) {
        Some(Item::Title)
    } else if has_word(text, LATIN_COMPANIES) {
        Some(Item::Company)
    } else if is_latin_name(text) {
        Some(Item::Name)
    } else {
        None
    }
}

fn is_chinese_name(dense: &str) -> bool {
    // A family name may be read, or printed, in its older form.
    let chars: Vec<char> = dense.chars().map(simplified).collect();
    let first: String = chars.iter().take(1).collect();
    let pair: String = chars.iter().take(2).collect();
    let is_all_chinese = chars.iter().all(|char| is_chinese(*char));
    // The compound names are pairs of the first eighteen characters.
    let compounds: Vec<char> = SURNAMES.chars().take(18).collect();
    let is_compound = compounds.chunks(2).any(|name| name.iter().collect::<String>() == pair);
    is_all_chinese
        && match chars.len() {
            2 | 3 => SURNAMES.chars().skip(18).collect::<String>().contains(&first) || is_compound,
            4 => is_compound,
            _ => false,
        }
}

/// Two or three words that begin with capitals.
fn is_latin_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &&str| {
        let letters = word.trim_end_matches('.');
        letters.starts_with(|char: char| char.is_uppercase())
            && letters.chars().all(|char| char.is_alphabetic() || matches!(char, '-' | '\''))
    };
    matches!(words.len(), 2 | 3)
        && words.iter().all(is_word)
        && words.iter().all(|word| word.chars().count() <= 14)
}

/// The address of a mailbox in a text.
pub(super) fn email(text: &str) -> Option<String> {
    let dense: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let (local, domain) = dense.split_once('@')?;
    let is_local = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-' | '+');
    let local: String = local.chars().rev().take_while(|char| is_local(*char)).collect();
    let domain: String =
        domain.chars().take_while(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-')).collect();
    let domain = domain.trim_end_matches('.');
    let is_one =
        !local.is_empty() && domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty());
    is_one.then(|| format!("{}@{domain}", local.chars().rev().collect::<String>()))
}

/// The address of a site in a text: it begins with `www` or `http`.
pub(super) fn website(text: &str) -> Option<String> {
    let dense: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let lower = dense.to_ascii_lowercase();
    let from = ["http://", "https://", "www."].iter().filter_map(|begin| lower.find(begin)).min()?;
    let is_part = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '/' | ':' | '_');
    let site: String = dense.get(from..)?.chars().take_while(is_part).collect();
    let site = site.trim_end_matches(['.', '/', ':']);
    (site.matches('.').count() >= 2 || (site.contains("://") && site.contains('.'))).then(|| site.to_owned())
}

/// The phone numbers in a text, as they are written, but for spaces at their ends: seven digits or more.
pub(super) fn phones(text: &str) -> Vec<String> {
    let is_part = |char: char| {
        char.is_ascii_digit() || matches!(char, '+' | '-' | '(' | ')' | ' ' | '（' | '）' | '－' | '—')
    };
    text.split(|char: char| !is_part(char))
        .map(|part| part.trim_matches([' ', '-', '—', '－']))
        .filter(|part| (7..=16).contains(&part.chars().filter(char::is_ascii_digit).count()))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_begin_a_text() {
        let of = |text: &str| label(&text.chars().collect::<Vec<_>>());
        assert_eq!(of("电话：0571-88"), Some((Item::Phone, 3)));
        assert_eq!(of("Fax 0571"), Some((Item::Fax, 3)));
        assert_eq!(of("E: a@b.cn"), Some((Item::Email, 2)));
        assert_eq!(of("QQ:123"), Some((Item::Extra, 3)));
        for none in ["Telegraph Road", "Emma", "地铁", "", "Marta"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_written_says_what_it_is() {
        for (text, item) in [
            ("林晓舟", Some(Item::Name)),
            ("欧阳清扬", Some(Item::Name)),
            ("Marta Lindqvist", Some(Item::Name)),
            ("高级工程师", Some(Item::Title)),
            ("Sales Manager", Some(Item::Title)),
            ("市场部", Some(Item::Department)),
            ("Department of Trade", Some(Item::Department)),
            ("无名星河科技有限公司", Some(Item::Company)),
            ("Zenith Valves Ltd.", Some(Item::Company)),
            ("浙江省无名市星河路88号3幢", Some(Item::Address)),
            ("12 Harbour Street, Zenith", Some(Item::Address)),
            ("138 0000 1234", Some(Item::Phone)),
            ("info@example.com", Some(Item::Email)),
            ("www.example.com", Some(Item::Website)),
            ("诚信为本", None),
            ("SINCE 1998", None),
        ] {
            assert_eq!(kind(text), item, "{text}");
        }
    }

    #[test]
    fn forms_are_cut_out() {
        assert_eq!(email("E-mail: lin.x @example.com.cn"), Some("lin.x@example.com.cn".into()));
        assert_eq!((email("a@b"), email("@example.com"), email("none")), (None, None, None));
        assert_eq!(website("网址 www.example.com/a"), Some("www.example.com/a".into()));
        assert_eq!((website("www.example"), website("example.com")), (None, None));
        assert_eq!(phones("(0571) 8800 1234 / 139-0000-1234"), ["(0571) 8800 1234", "139-0000-1234"]);
        assert!(phones("310000").is_empty() && phones("12345678901234567890").is_empty());
    }
}
