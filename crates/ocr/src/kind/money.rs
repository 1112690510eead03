//! Amounts: in figures, and in the Chinese figures that cannot be altered.

use crate::sheet::{Glyph, Run as _};

/// An amount in hundredths, and how it is printed: `58`, `58.0`, `￥58.00元`.
pub(super) fn figures(text: &str) -> Option<(u64, String)> {
    let plain =
        text.trim_start_matches(['￥', '¥', 'Y', '$', ':', '：']).trim_end_matches(['元', '圆', '整']);
    let plain = plain.replace([',', '，'], "");
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > 2 || !are_digits(whole) || !are_digits(part) {
        return None;
    }
    let whole_value: u64 = whole.parse().ok()?;
    let part_value: u64 = format!("{part:0<2}").parse().ok()?;
    let is_whole = plain.ends_with('.');
    (!is_whole).then(|| (whole_value * 100 + part_value, plain.clone()))
}

/// The first amount with its sign in a run: its value, how it is printed, and where.
pub(super) fn signed(run: &[Glyph]) -> Option<(u64, String, Vec<Glyph>)> {
    let sign = run.iter().position(|glyph| matches!(glyph.char, '￥' | '¥'))?;
    let is_part = |glyph: &&Glyph| glyph.char.is_ascii_digit() || matches!(glyph.char, '.' | ',');
    let to = sign + 1 + run[sign + 1..].iter().take_while(is_part).count();
    let (value, text) = figures(&run[sign + 1..to].dense())?;
    Some((value, text, run[sign..to].to_vec()))
}

/// The amount in hundredths that a text in capital figures says: `壹佰贰拾元伍角整`.
pub(super) fn capitals(text: &str) -> Option<u64> {
    let (mut myriads, mut whole, mut digit, mut parts) = (0_u64, 0_u64, None::<u64>, 0_u64);
    let mut has_unit = false;
    for char in text.chars() {
        match char {
            '零' | '〇' => {}
            '元' | '圆' | '園' => {
                whole += digit.take().unwrap_or(0);
                has_unit = true;
            }
            '整' | '正' => {
                // Nothing may follow, and the unit came before.
                if digit.is_some() {
                    return None;
                }
            }
            '拾' | '佰' | '仟' | '十' | '百' | '千' => {
                let unit = match char {
                    '拾' | '十' => 10,
                    '佰' | '百' => 100,
                    _ => 1000,
                };
                whole += unit * digit.take().unwrap_or(1);
            }
            '万' | '萬' => {
                myriads = whole + digit.take().unwrap_or(0);
                whole = 0;
            }
            '角' => parts += 10 * digit.take()?,
            '分' => parts += digit.take()?,
            other => {
                let value = value(other)?;
                if digit.replace(value).is_some() {
                    return None;
                }
            }
        }
        if myriads > 100_000_000 || whole > 100_000_000 {
            return None;
        }
    }
    let amount = (myriads * 10_000 + whole) * 100 + parts;
    (digit.is_none() && (has_unit || parts > 0) && amount > 0).then_some(amount)
}

/// Whether an amount in capital figures may begin with it.
pub(super) fn is_capital(char: char) -> bool {
    value(char).is_some() || matches!(char, '零' | '拾' | '佰' | '仟')
}

fn value(char: char) -> Option<u64> {
    const CAPITALS: &str = "壹贰叁肆伍陆柒捌玖";
    const PLAIN: &str = "一二三四五六七八九";
    const OTHERS: [(char, u64); 3] = [('弍', 2), ('两', 2), ('叄', 3)];
    let among = |digits: &str| digits.chars().position(|digit| digit == char).map(|at| at as u64 + 1);
    among(CAPITALS)
        .or_else(|| among(PLAIN))
        .or_else(|| OTHERS.iter().find(|(other, _)| *other == char).map(|(_, value)| *value))
}

/// An amount as it is printed in an answer.
pub(super) fn yuan(hundredths: u64) -> String {
    format!("￥{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_figures() {
        for (text, read) in [
            ("￥58.00元", Some((5800, "58.00"))),
            ("58", Some((5800, "58"))),
            ("1,234.5", Some((123_450, "1234.5"))),
            ("58.", None),
            ("5S.00", None),
            ("", None),
            ("1.2.3", None),
            ("1234567890123", None),
        ] {
            assert_eq!(figures(text), read.map(|(value, text)| (value, text.to_owned())), "{text}");
        }
        assert_eq!((yuan(5), yuan(123_450)), ("￥0.05".to_owned(), "￥1234.50".to_owned()));
    }

    #[test]
    fn amounts_in_capitals() {
        for (text, read) in [
            ("伍拾元整", Some(5_000)),
            ("壹佰元整", Some(10_000)),
            ("拾圆正", Some(1_000)),
            ("壹万贰仟零叁拾肆元伍角陆分", Some(1_203_456)),
            ("壹拾万零伍佰元整", Some(10_050_000)),
            ("伍角整", Some(50)),
            ("伍拾", None),
            ("伍伍元", None),
            ("元整", None),
            ("发票联", None),
            ("", None),
        ] {
            assert_eq!(capitals(text), read, "{text}");
        }
    }
}
