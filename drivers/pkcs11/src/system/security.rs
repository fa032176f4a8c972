//! Who may change a file on Windows: what its security descriptor says (MS-DTYP 2.4.2 to 2.4.6).

/// An administrator's own accounts: the system, the group of administrators, and the installer of Windows.
const ADMINISTRATORS: [&str; 3] = [
    "S-1-5-18",
    "S-1-5-32-544",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
];
/// Stands for the owner, who is judged by name.
const OWNER_RIGHTS: &str = "S-1-3-4";

const WRITE_DATA_OR_ADD_FILE: u32 = 0x2;
const APPEND_DATA: u32 = 0x4;
const DELETE_CHILD: u32 = 0x40;
/// DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, GENERIC_WRITE.
const ALWAYS: u32 = 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000 | 0x4000_0000;

const DACL_PRESENT: u16 = 0x4;
const INHERIT_ONLY: u8 = 0x8;
const ALLOWED: [u8; 2] = [0x0, 0x9];
const DENIED: [u8; 4] = [0x1, 0x6, 0xa, 0xc];

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The file itself.
    File,
    /// The folder that it lies in: whoever adds a file there may have a module load it.
    Folder,
    /// A folder above that one.
    Above,
}

impl Kind {
    /// Rights that let their holder put another file there.
    fn rights(self) -> u32 {
        match self {
            Self::File => ALWAYS | WRITE_DATA_OR_ADD_FILE | APPEND_DATA,
            Self::Folder => ALWAYS | WRITE_DATA_OR_ADD_FILE | DELETE_CHILD,
            Self::Above => ALWAYS | DELETE_CHILD,
        }
    }
}

/// Judges a self-relative security descriptor; `user` is a further account that may own and change it. What can't be read
/// counts as insecure.
pub(crate) fn judge(descriptor: &[u8], kind: Kind, user: Option<&str>) -> Result<(), &'static str> {
    const UNREAD: &str = "has access rights that cannot be read";
    let trusted = |account: &str| ADMINISTRATORS.contains(&account) || user == Some(account);
    let owner = at(descriptor, 4).and_then(account).ok_or(UNREAD)?;
    if !trusted(&owner) {
        return Err("belongs to another user");
    }
    let has_list = u16_at(descriptor, 2).ok_or(UNREAD)? & DACL_PRESENT != 0;
    if !has_list || u32_at(descriptor, 16) == Some(0) {
        return Err("can be changed by everybody");
    }
    for entry in at(descriptor, 16).and_then(entries).ok_or(UNREAD)? {
        if entry.grants(kind.rights()).ok_or(UNREAD)? {
            let account = account(entry.account).ok_or(UNREAD)?;
            if !trusted(&account) && account != OWNER_RIGHTS {
                return Err("can be changed by other users");
            }
        }
    }
    Ok(())
}

/// An entry of an access control list.
struct Entry<'a> {
    kind: u8,
    flags: u8,
    mask: u32,
    account: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The first entry, and what follows it.
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (entry, rest) = bytes.split_at_checked(u16_at(bytes, 2)?.into())?;
        let read = Self {
            kind: *entry.first()?,
            flags: *entry.get(1)?,
            mask: u32_at(entry, 4)?,
            account: entry.get(8..)?,
        };
        Some((read, rest))
    }

    /// Whether it gives one of these rights; `None` for a kind of entry that isn't known here.
    fn grants(&self, rights: u32) -> Option<bool> {
        if self.flags & INHERIT_ONLY != 0 || DENIED.contains(&self.kind) {
            return Some(false);
        }
        let allowed = ALLOWED.contains(&self.kind);
        allowed.then_some(self.mask & rights != 0)
    }
}

/// The entries of a list that begins here.
fn entries(list: &[u8]) -> Option<Vec<Entry<'_>>> {
    let mut rest = list.get(8..u16_at(list, 2)?.into())?;
    let mut entries = Vec::new();
    for _ in 0..u16_at(list, 4)? {
        let (entry, after) = Entry::read(rest)?;
        entries.push(entry);
        rest = after;
    }
    Some(entries)
}

/// The account whose identifier begins here, as `S-1-5-18`.
pub(crate) fn account(identifier: &[u8]) -> Option<String> {
    let count = usize::from(*identifier.get(1)?);
    let authority: [u8; 6] = identifier.get(2..8)?.try_into().ok()?;
    let authority = authority
        .iter()
        .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    let mut written = format!("S-{}-{authority}", identifier.first()?);
    for part in 0..count {
        let part = u32_at(identifier, 8 + part * 4)?;
        written.push_str(&format!("-{part}"));
    }
    Some(written)
}

/// What begins at the offset that is written there.
fn at(bytes: &[u8], place: usize) -> Option<&[u8]> {
    bytes.get(usize::try_from(u32_at(bytes, place)?).ok()?..)
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = "S-1-5-32-545";
    const ADMINS: &str = "S-1-5-32-544";
    const SOMEBODY: &str = "S-1-5-21-1-2-3-1001";
    const FULL: u32 = 0x1f_01ff;
    const READ: u32 = 0x12_00a9;
    const INSECURE: Result<(), &str> = Err("can be changed by other users");

    fn identifier(written: &str) -> Vec<u8> {
        let parts: Vec<u64> = written[2..]
            .split('-')
            .map(|part| part.parse().unwrap())
            .collect();
        let mut bytes = vec![parts[0] as u8, (parts.len() - 2) as u8];
        bytes.extend(&parts[1].to_be_bytes()[2..]);
        for part in &parts[2..] {
            bytes.extend((*part as u32).to_le_bytes());
        }
        bytes
    }

    fn descriptor(owner: &str, entries: &[(u8, u8, u32, &str)]) -> Vec<u8> {
        let owner = identifier(owner);
        let mut list = Vec::new();
        for (kind, flags, mask, account) in entries {
            let account = identifier(account);
            list.extend([*kind, *flags]);
            list.extend((account.len() as u16 + 8).to_le_bytes());
            list.extend(mask.to_le_bytes());
            list.extend(account);
        }
        let mut bytes = vec![1, 0, 0x04, 0x80];
        for offset in [20_u32, 0, 0, 20 + owner.len() as u32] {
            bytes.extend(offset.to_le_bytes());
        }
        bytes.extend(owner);
        // Revision, length with four unused bytes, number of entries.
        bytes.extend([2, 0]);
        bytes.extend((list.len() as u16 + 12).to_le_bytes());
        bytes.extend((entries.len() as u16).to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(list);
        bytes.extend([0; 4]);
        bytes
    }

    fn check(kind: Kind, entries: &[(u8, u8, u32, &str)], expected: Result<(), &'static str>) {
        let all = [&[(0, 0, FULL, ADMINS), (0, 0, FULL, "S-1-5-18")], entries].concat();
        assert_eq!(
            judge(&descriptor(ADMINS, &all), kind, None),
            expected,
            "{kind:?} {entries:?}"
        );
    }

    #[test]
    fn takes_what_others_can_only_read() {
        for kind in [Kind::File, Kind::Folder, Kind::Above] {
            check(kind, &[(0, 0, READ, USERS)], Ok(()));
            check(kind, &[(0, 0xb, FULL, "S-1-3-0")], Ok(()));
            check(kind, &[(1, 0, FULL, USERS)], Ok(()));
            check(kind, &[(0, 0, FULL, OWNER_RIGHTS)], Ok(()));
        }
    }

    #[test]
    fn refuses_what_others_can_change() {
        for kind in [Kind::File, Kind::Folder, Kind::Above] {
            for mask in [FULL, 0x1_0000, 0x4_0000, 0x8_0000, 0x1000_0000, 0x4000_0000] {
                check(kind, &[(0, 0, mask, USERS)], INSECURE);
                check(kind, &[(9, 0x10, mask, "S-1-1-0")], INSECURE);
            }
        }
        check(Kind::File, &[(0, 0, 0x2, USERS)], INSECURE);
        check(Kind::File, &[(0, 0, 0x4, USERS)], INSECURE);
    }

    #[test]
    fn whoever_may_add_folders_to_a_drive_replaces_nothing_there() {
        check(Kind::Above, &[(0, 0, 0x6, USERS)], Ok(()));
        check(Kind::Folder, &[(0, 0, 0x4, USERS)], Ok(()));
        check(Kind::Folder, &[(0, 0, 0x2, USERS)], INSECURE);
        check(Kind::Above, &[(0, 0, DELETE_CHILD, USERS)], INSECURE);
    }

    #[test]
    fn the_user_may_own_what_the_user_named() {
        let theirs = descriptor(SOMEBODY, &[(0, 0, FULL, SOMEBODY)]);
        assert_eq!(judge(&theirs, Kind::File, Some(SOMEBODY)), Ok(()));
        assert_eq!(
            judge(&theirs, Kind::File, None),
            Err("belongs to another user")
        );
    }

    #[test]
    fn no_list_means_everybody() {
        let everybody = Err("can be changed by everybody");
        let mut bytes = descriptor(ADMINS, &[]);
        assert_eq!(judge(&bytes, Kind::File, None), Ok(()));
        bytes[16..20].fill(0);
        assert_eq!(judge(&bytes, Kind::File, None), everybody);
        let mut bytes = descriptor(ADMINS, &[]);
        bytes[2] = 0;
        assert_eq!(judge(&bytes, Kind::File, None), everybody);
    }

    #[test]
    fn what_is_cut_or_unknown_is_insecure() {
        let whole = descriptor(ADMINS, &[(0, 0, READ, USERS)]);
        for end in 0..whole.len() - 4 {
            assert!(judge(&whole[..end], Kind::File, None).is_err(), "{end}");
        }
        let unread = Err("has access rights that cannot be read");
        check(Kind::File, &[(5, 0, READ, USERS)], unread);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_reading(bytes in proptest::collection::vec(0_u8.., 0..120), place in 0_usize..90, byte: u8) {
            let _ = judge(&bytes, Kind::File, None);
            let mut near = descriptor(ADMINS, &[(0, 0, READ, USERS)]);
            if let Some(one) = near.get_mut(place) {
                *one = byte;
            }
            let _ = judge(&near, Kind::Above, None);
        }
    }
}
