//! Two things in one line of a business card, with nothing between them that was read: a name and a title, a department
//! and a title, a department and a company. What could be divided in two ways is not.

use super::Item;
use super::words::{LATIN_TITLES, TITLES, is_chinese, kind};

/// A name and a title are no longer than this.
const LONGEST: usize = 48;
/// What stands before the last word of a title.
const BEFORE_TITLES: &[&str] = &[
    "高级", "资深", "首席", "执行", "常务", "区域", "大区", "部门", "项目", "产品", "市场", "技术", "销售",
    "客户", "财务", "行政", "人事", "运营", "研发", "设计", "品牌", "采购", "法务", "商务", "安全", "金融",
    "生产", "质量", "工程", "副", "总",
];
const BEFORE_LATIN_TITLES: &[&str] = &[
    "senior",
    "junior",
    "chief",
    "general",
    "managing",
    "deputy",
    "vice",
    "lead",
    "head",
    "executive",
    "assistant",
    "associate",
    "regional",
    "sales",
    "marketing",
    "project",
    "product",
    "technical",
    "software",
    "legal",
    "account",
    "financial",
    "operations",
];
/// Departments that are of every company: what stands behind one in its line is another thing.
const USUAL_DEPARTMENTS: &[&str] = &[
    "客户服务部",
    "售后服务部",
    "人力资源部",
    "销售部",
    "市场部",
    "技术部",
    "研发部",
    "财务部",
    "行政部",
    "人事部",
    "采购部",
    "法务部",
    "运营部",
    "生产部",
    "质量部",
    "工程部",
    "设计部",
    "产品部",
    "研发中心",
    "客服中心",
    "设计中心",
    "运营中心",
];

/// A department and a title in one word: `市场部经理`. How many characters the department has.
pub(super) fn department_before_title(dense: &[char]) -> Option<usize> {
    let text: String = dense.iter().collect();
    let ends = ["部", "中心", "办公室", "学院"].iter().filter_map(|word| {
        let at = text.rfind(word)? + word.len();
        Some(text.get(..at)?.chars().count())
    });
    let at = ends.max()?;
    let title: String = dense.get(at..)?.iter().collect();
    (at > 2 && kind(&title) == Some(Item::Title)).then_some(at)
}

/// A name and a title in one line, `林晓舟总经理` or `Marta Lindqvist, Sales Manager`: how many characters the name has, and
/// where the title begins. The text is given with its spaces.
pub(super) fn name_before_title(text: &[char]) -> Option<(usize, usize)> {
    if text.len() > LONGEST {
        return None;
    }
    let is_between = |char: &char| char.is_whitespace() || ",，|｜/-–—·".contains(*char);
    let string = |part: &[char]| part.iter().collect::<String>();
    let is_title = |part: &[char]| kind(&string(part)) == Some(Item::Title);
    let is_name = |part: &[char]| kind(&string(part)) == Some(Item::Name);
    // Where something stands between them; of Latin letters a mark, for a space alone is within either.
    for (at, _) in text.iter().enumerate().filter(|(_, char)| is_between(char)) {
        let between = text[at..].iter().take_while(|char| is_between(char)).count();
        let is_mark = text[at..at + between].iter().any(|char| !char.is_whitespace());
        let is_apart = is_mark || text.iter().any(|char| is_chinese(*char));
        if is_apart && is_name(&text[..at]) && is_title(&text[at + between..]) {
            return Some((at, at + between));
        }
    }
    // Nothing may: then the title has nothing but words that titles have, and the name none of them.
    let line = string(text);
    if text.iter().all(|char| is_chinese(*char)) {
        if is_whole_title(&line) {
            return None;
        }
        let is_one = |at: &usize| {
            let (name, title) = text.split_at(*at);
            is_name(name) && !BEFORE_TITLES.contains(&string(name).as_str()) && is_whole_title(&string(title))
        };
        let mut ways = (2..=4.min(text.len())).filter(is_one);
        return ways.next().filter(|_| ways.next().is_none()).map(|at| (at, at));
    }
    let words: Vec<&str> = line.split(' ').collect();
    let lower = |word: &&str| word.to_ascii_lowercase();
    let is_of_title = |word: &&str| {
        let word = lower(word);
        LATIN_TITLES.contains(&word.as_str()) || BEFORE_LATIN_TITLES.contains(&word.as_str())
    };
    let first = words.iter().position(is_of_title)?;
    let is_title = words[first..].iter().all(is_of_title)
        && words.last().is_some_and(|word| LATIN_TITLES.contains(&lower(word).as_str()));
    let length = words[..first].join(" ").chars().count();
    (is_title && is_name(text.get(..length)?)).then_some((length, length + 1))
}

/// Whether a title has nothing but words that titles have.
fn is_whole_title(text: &str) -> bool {
    let begins = |words: &[&'static str]| {
        words.iter().copied().filter(|word| text.starts_with(word)).collect::<Vec<_>>()
    };
    begins(TITLES).iter().any(|word| text.len() == word.len() || is_whole_title(&text[word.len()..]))
        || begins(BEFORE_TITLES).iter().any(|word| is_whole_title(&text[word.len()..]))
}

/// A usual department and a company in one line: how many characters the department has.
pub(super) fn department_before_company(text: &[char]) -> Option<usize> {
    let string: String = text.iter().collect();
    let department = USUAL_DEPARTMENTS.iter().find(|word| string.starts_with(**word))?;
    let is_company = kind(&string[department.len()..]) == Some(Item::Company);
    is_company.then(|| department.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_department_may_stand_before_a_title() {
        let split = |text: &str| department_before_title(&text.chars().collect::<Vec<_>>());
        assert_eq!((split("销售部高级经理"), split("研发中心项目总监")), (Some(3), Some(4)));
        assert_eq!((split("部长"), split("高级经理"), split("市场部"), split("")), (None, None, None, None));
    }

    #[test]
    fn a_name_may_stand_before_a_title() {
        let split = |text: &str| {
            let chars: Vec<char> = text.chars().collect();
            let (to, from) = name_before_title(&chars)?;
            Some((chars[..to].iter().collect::<String>(), chars[from..].iter().collect::<String>()))
        };
        for (text, name, title) in [
            ("林晓舟总经理", "林晓舟", "总经理"),
            ("林晓舟 高级工程师", "林晓舟", "高级工程师"),
            ("林舟 | 设计师", "林舟", "设计师"),
            ("卢英项目总监", "卢英", "项目总监"),
            ("黃建慈董事长助理", "黃建慈", "董事长助理"),
            ("Marta Lindqvist Legal Consultant", "Marta Lindqvist", "Legal Consultant"),
            ("Marta Lindqvist, Sales Manager", "Marta Lindqvist", "Sales Manager"),
            ("Marta Lindqvist Engineer", "Marta Lindqvist", "Engineer"),
            ("Marta Lindqvist - Lead Designer", "Marta Lindqvist", "Lead Designer"),
        ] {
            assert_eq!(split(text), Some((name.to_owned(), title.to_owned())), "{text}");
        }
        assert_eq!(split(&"主任".repeat(10_000)), None);
        for none in [
            "高级项目经理",
            "项目部经理",
            "高级副总裁",
            "安全主管",
            "Managing Director",
            "Senior Sales Manager",
            "",
        ] {
            assert_eq!(split(none), None, "{none}");
        }
    }

    #[test]
    fn a_department_may_stand_before_a_company() {
        let split = |text: &str| department_before_company(&text.chars().collect::<Vec<_>>());
        assert_eq!((split("研发中心长宁清源物流有限公司"), split("销售部")), (Some(4), None));
        assert_eq!(split("长宁物流中心科技有限公司"), None);
    }
}
