//! Dates as documents print them, as `YYYY-MM-DD`.

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// A date if there can be one.
pub(super) fn date(year: u32, month: u32, day: u32) -> Option<String> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    ((1..=days).contains(&day) && (1900..=2200).contains(&year))
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// A date that ends with its year: `14 MAR 1988`, `16 5月/MAY 2022`, `14/03/1988`.
pub(super) fn day_first(text: &str) -> Option<String> {
    let text = text.to_ascii_uppercase();
    let name =
        (1..).zip(MONTHS).find_map(|(month, name)| text.find(name).map(|at| (month, at, at + name.len())));
    if let Some((month, from, to)) = name {
        let year = numbers(&text[to..]).last().copied()?;
        let mut before = text[..from].trim_end_matches([' ', '/', '-', '.']);
        if let Some(rest) = before.strip_suffix('月') {
            // The month once more in figures, which may be read as one with the day.
            before = rest.strip_suffix(&month.to_string()).unwrap_or(rest);
        }
        let day = numbers(before).first().copied()?;
        return date(year, month, day);
    }
    match numbers(&text)[..] {
        [day, month, year] if year >= 1900 => date(year, month, day),
        _ => None,
    }
}

/// A date that begins with its year: `1993年11月27日`, `2019.05.06`.
pub(super) fn year_first(text: &str) -> Option<String> {
    match numbers(text)[..] {
        [year, month, day] => date(year, month, day),
        _ => None,
    }
}

/// The numbers in a text.
pub(super) fn numbers(text: &str) -> Vec<u32> {
    text.split(|char: char| !char.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_documents() {
        for (text, read) in [
            ("14 MAR 1988", Some("1988-03-14")),
            ("16 5月/MAY 2022", Some("2022-05-16")),
            ("165月/MAY 2022", Some("2022-05-16")),
            ("0812月/DEC2031", Some("2031-12-08")),
            ("09 Sep/sept 2021", Some("2021-09-09")),
            ("14.03.1988", Some("1988-03-14")),
            ("31 FEB 2020", None),
            ("MARTA SELMA", None),
            ("99", None),
        ] {
            assert_eq!(day_first(text).as_deref(), read, "{text}");
        }
        for (text, read) in [
            ("1993年11月27日", Some("1993-11-27")),
            ("1993 年 1 月 7 日", Some("1993-01-07")),
            ("2019.05.06", Some("2019-05-06")),
            ("2020.02.29", Some("2020-02-29")),
            ("2019.02.29", None),
            ("长期", None),
        ] {
            assert_eq!(year_first(text).as_deref(), read, "{text}");
        }
    }
}
