//! Dates and masks, as the pages write them.

use time::macros::{format_description, offset};
use time::{OffsetDateTime, UtcOffset};

/// Asia/Ho_Chi_Minh: no summer time since 1975.
const HERE: UtcOffset = offset!(+7);

/// `dd/mm/yyyy HH:mm:ss` in Asia/Ho_Chi_Minh.
#[must_use]
pub fn date_time(at: OffsetDateTime) -> String {
    let format = format_description!("[day]/[month]/[year] [hour]:[minute]:[second]");
    here(at)
        .and_then(|at| at.format(format).ok())
        .unwrap_or_default()
}

/// `dd/mm/yyyy` in Asia/Ho_Chi_Minh.
#[must_use]
pub fn date(at: OffsetDateTime) -> String {
    here(at)
        .and_then(|at| at.format(format_description!("[day]/[month]/[year]")).ok())
        .unwrap_or_default()
}

fn here(at: OffsetDateTime) -> Option<OffsetDateTime> {
    at.checked_to_offset(HERE)
}

/// First three, four asterisks, last three: `082****088`. What is shorter than nine shows nothing but its last three.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    let letters: Vec<char> = phone.chars().filter(|c| !c.is_whitespace()).collect();
    let tail: String = last(&letters, 3);
    let head: String = if letters.len() < 9 {
        String::new()
    } else {
        letters.iter().take(3).collect()
    };
    format!("{head}****{tail}")
}

/// First letter, four asterisks, the domain: `n****@example.vn`.
#[must_use]
pub fn mask_email(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}****@{domain}")
        }
        None => String::from("****"),
    }
}

/// Four asterisks and the last four letters of an identity number.
#[must_use]
pub fn last_four(number: &str) -> String {
    let letters: Vec<char> = number.chars().collect();
    if letters.len() <= 4 {
        return String::from("****");
    }
    format!("****{}", last(&letters, 4))
}

fn last(letters: &[char], count: usize) -> String {
    letters
        .iter()
        .skip(letters.len().saturating_sub(count))
        .collect()
}

/// `m:ss` for a count-down.
pub(super) fn minutes(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn writes_times_as_in_ho_chi_minh_city() {
        let check = |at, expected| assert_eq!(date_time(at), expected);
        check(datetime!(2026-11-21 07:05:09 UTC), "21/11/2026 14:05:09");
        check(datetime!(2026-12-31 17:00:00 UTC), "01/01/2027 00:00:00");
        check(datetime!(2024-02-28 23:30:00 -5), "29/02/2024 11:30:00");
        assert_eq!(date(datetime!(2026-12-31 16:59:59 UTC)), "31/12/2026");
    }

    #[test]
    fn survives_the_end_of_time() {
        let end = time::PrimitiveDateTime::MAX.assume_utc();
        assert_eq!(date(end), "");
    }

    #[test]
    fn masks_phones() {
        let check = |phone, expected| assert_eq!(mask_phone(phone), expected);
        check("0825550088", "082****088");
        check("082 555 0088", "082****088");
        check("12345", "****345");
        check("", "****");
    }

    #[test]
    fn masks_mail_addresses() {
        let check = |email, expected| assert_eq!(mask_email(email), expected);
        check("nga@example.vn", "n****@example.vn");
        check("ệ@example.vn", "ệ****@example.vn");
        check("no-at-sign", "****");
    }

    #[test]
    fn shows_the_last_four_of_an_identity_number() {
        let check = |number, expected| assert_eq!(last_four(number), expected);
        check("001099000123", "****0123");
        check("1234", "****");
    }

    #[test]
    fn counts_down_in_minutes() {
        assert_eq!(minutes(299), "4:59");
        assert_eq!(minutes(0), "0:00");
    }
}
