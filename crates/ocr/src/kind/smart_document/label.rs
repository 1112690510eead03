//! What a key looks like: the words before a colon, or a cell that says what is filled in beside it.

use std::ops::Range;

use super::is_undivided;
use crate::sheet::{Glyph, Run as _};

/// A key has no more letters, words, or characters of Chinese.
const LETTERS: usize = 40;
const WORDS: usize = 5;
const CHARACTERS: usize = 12;

/// What cells say that are labels, and what longer ones end with. Sums are none: the last rows of tables begin with
/// them.
const CHINESE: &str = "名称 姓名 日期 时间 编号 代码 号码 证号 单号 账号 帐号 卡号 地址 住址 电话 手机 邮箱 邮编 传真 \
    金额 数量 单价 总价 价格 类型 类别 性质 等级 级别 方式 状态 原因 备注 说明 意见 签字 签名 盖章 \
    职务 职称 职业 学历 专业 籍贯 民族 性别 年龄 负责人 联系人 经办人 申请人 代理人 法定代表人 \
    审批人 审核人 税率 税额 开户行 有效期 型号 规格 用途 内容";
/// What cells say that are labels, and nothing more.
const CHINESE_WHOLE: &str = "部门 单位 住所 国籍 身高 体重 血型 学校 班级 科室 岗位 品牌 品名 收件人 寄件人 收货人 发货人 \
    供应商 客户 买方 卖方 甲方 乙方 出生 生日 邮件 网址 事由 主题 项目 币种 银行 婚姻状况 政治面貌 \
    健康状况 毕业院校 工作单位 送货单位 收货单位 申请单位 所属部门";
const ENGLISH: &str = "name date number no code id address street city town postcode zip country nationality phone \
    telephone tel mobile fax e-mail email website amount price quantity qty tax vat \
    currency balance type sex gender age birth signature title department company customer supplier \
    employer bank account reference subject remarks remark notes comments description occupation \
    position person time status product reason purpose by to from place weight height size model \
    brand method terms";

/// A key and its value among characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// Without the colon.
    pub key: Range<usize>,
    /// Empty if nothing stands behind the colon.
    pub value: Range<usize>,
}

/// The pairs in a run of characters; `is_wide` says whether there is much room before one. None if they cannot be told
/// from each other: a second key begins somewhere in the value before it.
pub(super) fn split(run: &[Glyph], is_wide: impl Fn(usize) -> bool) -> Option<Vec<Split>> {
    let mut splits: Vec<Split> = Vec::new();
    for at in (1..run.len()).filter(|at| is_colon(run, *at)) {
        let Some(last) = splits.last_mut() else {
            let wide = (1..at).rev().find(|start| is_wide(*start));
            let start = [Some(0), wide].into_iter().flatten().find(|start| is_key(&run[*start..at]));
            splits.extend(start.map(|start| Split { key: start..at, value: at + 1..run.len() }));
            continue;
        };
        let begins = last.value.start;
        let apart = (begins + 1..at).rev().find(|start| is_wide(*start) || run[*start].is_apart);
        let Some(start) = apart else {
            // A word like a key, and none of its value before it.
            if is_key(run.get(begins..at)?) && at + 1 < run.len() {
                return None;
            }
            continue;
        };
        if !is_key(&run[start..at]) {
            continue;
        }
        let is_sure = is_wide(start) || run[start..at].iter().all(|glyph| is_undivided(glyph.char));
        if !is_sure {
            return None;
        }
        last.value.end = start;
        splits.push(Split { key: start..at, value: at + 1..run.len() });
    }
    Some(splits)
}

/// Whether a colon stands there that may divide a key from a value: none of a time, or of an address on the net.
fn is_colon(run: &[Glyph], at: usize) -> bool {
    let char = |at: usize| run.get(at).map(|glyph| glyph.char);
    let is_digit = |at: usize| char(at).is_some_and(|char| char.is_ascii_digit());
    let is_apart = run.get(at + 1).is_some_and(|glyph| glyph.is_apart);
    matches!(char(at), Some(':' | '：' | '﹕' | '∶'))
        && !(is_digit(at - 1) && is_digit(at + 1) && !is_apart)
        && !(char(at + 1) == Some('/') && char(at + 2) == Some('/'))
}

/// Whether a key may be written so: few words, and no sentence.
pub(super) fn is_key(run: &[Glyph]) -> bool {
    let undivided = run.iter().filter(|glyph| is_undivided(glyph.char)).count();
    let words = 1 + run.iter().skip(1).filter(|glyph| glyph.is_apart).count();
    let is_mark = |glyph: &Glyph| {
        matches!(
            glyph.char,
            ',' | '，' | '。' | '；' | ';' | '!' | '！' | '?' | '？' | '=' | '"' | '“' | '”' | ':' | '：'
        )
    };
    // A stop ends a short word, as in "No.".
    let ends_sentence =
        |at: usize| run[at].char == '.' && at + 1 < run.len() && (at > 4 || run[at + 1].is_apart && at > 3);
    !run.is_empty()
        && run.len() <= LETTERS
        && undivided <= CHARACTERS
        && words <= if undivided > 0 { WORDS + CHARACTERS } else { WORDS }
        && run.iter().any(|glyph| glyph.char.is_alphabetic())
        && !run.iter().any(is_mark)
        && !(0..run.len()).any(ends_sentence)
}

/// Whether a cell with this text says what is filled in beside it, by its words.
pub(super) fn is_label(run: &[Glyph]) -> bool {
    if let Some((last, before)) = run.split_last()
        && matches!(last.char, ':' | '：')
    {
        return is_key(before);
    }
    if !may_be_label(run) {
        return false;
    }
    if run.iter().any(|glyph| is_undivided(glyph.char)) {
        let text = bare(run);
        return CHINESE_WHOLE.split(' ').any(|word| text == word)
            || CHINESE.split(' ').any(|word| text.ends_with(word));
    }
    let text = run.text().to_lowercase();
    let of = text.split(['(', '/']).next().unwrap_or_default();
    let last = of.split_whitespace().next_back().unwrap_or_default();
    is_english(last.trim_end_matches('.'))
        || of
            .split_once(" of ")
            .is_some_and(|(first, _)| is_english(first.split_whitespace().next_back().unwrap_or_default()))
}

fn is_english(word: &str) -> bool {
    ENGLISH.split(' ').any(|label| label == word)
}

/// Whether a cell with this text may be a label at all: few words without a figure.
pub(super) fn may_be_label(run: &[Glyph]) -> bool {
    is_key(run)
        && run.iter().all(|glyph| !glyph.char.is_numeric())
        && bare(run).chars().count() <= 2 * CHARACTERS
}

/// Without spaces and what stands in brackets at the end.
fn bare(run: &[Glyph]) -> String {
    let text = run.dense();
    text.split(['(', '（']).next().unwrap_or_default().to_owned()
}

/// Whether it says nothing: a line to write on, the words of a date without its figures, the place of a seal.
pub(super) fn is_blank(run: &[Glyph]) -> bool {
    let is_said = |char: char| char.is_alphanumeric() && !"年月日章".contains(char);
    let text = run.dense();
    let text = text.trim_start_matches(['(', '（']).trim_end_matches([')', '）']);
    !text.chars().any(|char| is_said(char) || matches!(char, '√' | '✓' | '☑' | '%'))
        || matches!(text, "盖章" | "签章" | "公章" | "签字" | "签名") && text.len() < run.dense().len()
}

/// Without the line on which it is written, where that was read as characters.
pub(super) fn trimmed(run: &[Glyph]) -> Range<usize> {
    let is_line = |glyph: &Glyph| matches!(glyph.char, '_' | '＿' | '|' | '丨');
    let Some(from) = run.iter().position(|glyph| !is_line(glyph)) else { return 0..0 };
    let to = run.iter().rposition(|glyph| !is_line(glyph)).map_or(from, |at| at + 1);
    from..to
}
