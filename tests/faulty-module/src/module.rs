//! The soft token itself: slots, sessions, one login a token, searches and signatures.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki_sys::*;

use crate::key::{How, Key};
use crate::objects::Held;
use crate::plan::{Token, hashed_pin};

/// Bounds of a PIN's length.
pub(crate) const PIN_LENGTHS: (usize, usize) = (4, 32);

static MODULE: Mutex<Module> = Mutex::new(Module::none());

pub(crate) fn lock() -> MutexGuard<'static, Module> {
    MODULE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was initialised.
pub(crate) struct Module {
    initialised: bool,
    slots: Vec<Slot>,
    sessions: BTreeMap<CK_SESSION_HANDLE, Session>,
    last: CK_SESSION_HANDLE,
}

pub(crate) struct Slot {
    pub(crate) token: Token,
    objects: Vec<Held>,
    logged_in: bool,
    left: u32,
    removed: bool,
}

struct Session {
    slot: usize,
    writes: bool,
    search: Option<Vec<CK_OBJECT_HANDLE>>,
    signing: Option<(How, Key)>,
    /// The signature waits for a PIN of its own.
    unconfirmed: bool,
}

impl Module {
    const fn none() -> Self {
        Self {
            initialised: false,
            slots: Vec::new(),
            sessions: BTreeMap::new(),
            last: 0,
        }
    }

    pub(crate) fn initialise(&mut self, tokens: Vec<Token>) -> Result<(), CK_RV> {
        if self.initialised {
            return Err(CKR_CRYPTOKI_ALREADY_INITIALIZED);
        }
        self.initialised = true;
        self.slots = tokens.into_iter().map(Slot::of).collect();
        Ok(())
    }

    pub(crate) fn finalise(&mut self) {
        *self = Self::none();
    }

    pub(crate) fn remove(&mut self, slot: Option<usize>) {
        let removed = |at: usize| slot.is_none_or(|slot| slot == at);
        for (_, slot) in self
            .slots
            .iter_mut()
            .enumerate()
            .filter(|(at, _)| removed(*at))
        {
            slot.removed = true;
        }
    }

    pub(crate) fn slots(&self, present: bool) -> Result<Vec<CK_SLOT_ID>, CK_RV> {
        if !self.initialised {
            return Err(CKR_CRYPTOKI_NOT_INITIALIZED);
        }
        let shown = |(_, slot): &(usize, &Slot)| !present || !slot.removed;
        Ok(self
            .slots
            .iter()
            .enumerate()
            .filter(shown)
            .map(|(at, _)| at as CK_SLOT_ID)
            .collect())
    }

    /// The slot with its token in it.
    pub(crate) fn slot(&self, slot: CK_SLOT_ID) -> Result<&Slot, CK_RV> {
        let found = self.slots.get(index(slot)).ok_or(CKR_SLOT_ID_INVALID)?;
        if found.removed {
            Err(CKR_TOKEN_NOT_PRESENT)
        } else {
            Ok(found)
        }
    }

    pub(crate) fn slot_of(&self, session: CK_SESSION_HANDLE) -> Option<usize> {
        self.sessions.get(&session).map(|session| session.slot)
    }

    pub(crate) fn open(
        &mut self,
        slot: CK_SLOT_ID,
        flags: CK_FLAGS,
    ) -> Result<CK_SESSION_HANDLE, CK_RV> {
        let logged_in = self.slot(slot)?.token.logged_in;
        if let Some(slot) = self.slots.get_mut(index(slot)) {
            slot.logged_in |= logged_in;
        }
        self.last += 1;
        let opened = Session {
            slot: index(slot),
            writes: flags & CKF_RW_SESSION != 0,
            search: None,
            signing: None,
            unconfirmed: false,
        };
        self.sessions.insert(self.last, opened);
        Ok(self.last)
    }

    /// A token forgets its login with its last session.
    pub(crate) fn close(&mut self, session: CK_SESSION_HANDLE) -> Result<(), CK_RV> {
        let closed = self
            .sessions
            .remove(&session)
            .ok_or(CKR_SESSION_HANDLE_INVALID)?;
        if !self
            .sessions
            .values()
            .any(|other| other.slot == closed.slot)
            && let Some(slot) = self.slots.get_mut(closed.slot)
        {
            slot.logged_in = false;
        }
        Ok(())
    }

    pub(crate) fn session_info(
        &mut self,
        session: CK_SESSION_HANDLE,
    ) -> Result<CK_SESSION_INFO, CK_RV> {
        let (open, slot) = self.both(session)?;
        let state = match (slot.logged_in, open.writes) {
            (false, false) => CKS_RO_PUBLIC_SESSION,
            (true, false) => CKS_RO_USER_FUNCTIONS,
            (false, true) => CKS_RW_PUBLIC_SESSION,
            (true, true) => CKS_RW_USER_FUNCTIONS,
        };
        Ok(CK_SESSION_INFO {
            slotID: open.slot as CK_SLOT_ID,
            state,
            flags: CKF_SERIAL_SESSION | if open.writes { CKF_RW_SESSION } else { 0 },
            ulDeviceError: 0,
        })
    }

    /// Without a PIN the person types it on the device, right.
    pub(crate) fn login(
        &mut self,
        session: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: Option<&[u8]>,
    ) -> Result<(), CK_RV> {
        let (open, slot) = self.both(session)?;
        match user {
            CKU_USER if slot.logged_in => return Err(CKR_USER_ALREADY_LOGGED_IN),
            CKU_USER => {
                slot.try_pin(pin)?;
                slot.logged_in = true;
            }
            CKU_CONTEXT_SPECIFIC if !open.unconfirmed => return Err(CKR_OPERATION_NOT_INITIALIZED),
            CKU_CONTEXT_SPECIFIC => {
                slot.try_pin(pin)?;
                open.unconfirmed = false;
            }
            _ => return Err(CKR_USER_TYPE_INVALID),
        }
        Ok(())
    }

    pub(crate) fn is_logged_in(&mut self, session: CK_SESSION_HANDLE) -> bool {
        self.both(session).is_ok_and(|(_, slot)| slot.logged_in)
    }

    pub(crate) fn logout(&mut self, session: CK_SESSION_HANDLE) -> Result<(), CK_RV> {
        let (_, slot) = self.both(session)?;
        if !std::mem::take(&mut slot.logged_in) {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        Ok(())
    }

    pub(crate) fn set_pin(
        &mut self,
        session: CK_SESSION_HANDLE,
        old: Option<&[u8]>,
        new: &[u8],
    ) -> Result<(), CK_RV> {
        let (open, slot) = self.both(session)?;
        if !open.writes {
            return Err(CKR_SESSION_READ_ONLY);
        }
        if !(PIN_LENGTHS.0..=PIN_LENGTHS.1).contains(&new.len()) {
            return Err(CKR_PIN_LEN_RANGE);
        }
        let new = String::from_utf8(new.to_vec()).map_err(|_| CKR_PIN_INVALID)?;
        slot.try_pin(old)?;
        slot.token.pin = new;
        Ok(())
    }

    pub(crate) fn find_init(
        &mut self,
        session: CK_SESSION_HANDLE,
        wanted: &[(CK_ATTRIBUTE_TYPE, Vec<u8>)],
    ) -> Result<(), CK_RV> {
        let (open, slot) = self.both(session)?;
        if open.search.is_some() {
            return Err(CKR_OPERATION_ACTIVE);
        }
        let found = |(_, held): &(usize, &Held)| {
            (slot.logged_in || !held.is_private()) && held.matches(wanted)
        };
        let handles = slot
            .objects
            .iter()
            .enumerate()
            .filter(found)
            .map(|(at, _)| at as CK_OBJECT_HANDLE + 1);
        open.search = Some(handles.collect());
        Ok(())
    }

    pub(crate) fn find(
        &mut self,
        session: CK_SESSION_HANDLE,
        most: usize,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, CK_RV> {
        let (open, _) = self.both(session)?;
        let left = open.search.as_mut().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        Ok(left.drain(..most.min(left.len())).collect())
    }

    pub(crate) fn find_final(&mut self, session: CK_SESSION_HANDLE) -> Result<(), CK_RV> {
        let (open, _) = self.both(session)?;
        open.search
            .take()
            .map(drop)
            .ok_or(CKR_OPERATION_NOT_INITIALIZED)
    }

    /// The values of these attributes of one object.
    pub(crate) fn attributes(
        &mut self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kinds: &[CK_ATTRIBUTE_TYPE],
    ) -> Result<Vec<Option<Vec<u8>>>, CK_RV> {
        let (_, slot) = self.both(session)?;
        let held = slot.object(object).ok_or(CKR_OBJECT_HANDLE_INVALID)?;
        Ok(kinds.iter().map(|kind| held.attribute(*kind)).collect())
    }

    pub(crate) fn sign_init(
        &mut self,
        session: CK_SESSION_HANDLE,
        how: How,
        key: CK_OBJECT_HANDLE,
        confirms: bool,
    ) -> Result<(), CK_RV> {
        let (open, slot) = self.both(session)?;
        if !slot.logged_in {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        let held = slot.object(key).filter(|held| held.is_private());
        let key = held
            .and_then(|held| held.key.clone())
            .ok_or(CKR_KEY_HANDLE_INVALID)?;
        open.signing = Some((how, key));
        open.unconfirmed = confirms;
        Ok(())
    }

    /// The signature; the operation ends with [`Module::sign_final`].
    pub(crate) fn sign(
        &mut self,
        session: CK_SESSION_HANDLE,
        input: &[u8],
        by_other: bool,
    ) -> Result<Vec<u8>, CK_RV> {
        let (open, _) = self.both(session)?;
        let (how, key) = open.signing.as_ref().ok_or(CKR_OPERATION_NOT_INITIALIZED)?;
        if open.unconfirmed {
            return Err(CKR_USER_NOT_LOGGED_IN);
        }
        let signed = if by_other {
            key.other().sign(*how, input)
        } else {
            key.sign(*how, input)
        };
        signed.ok_or(CKR_DATA_LEN_RANGE)
    }

    pub(crate) fn sign_final(&mut self, session: CK_SESSION_HANDLE) {
        if let Some(open) = self.sessions.get_mut(&session) {
            open.signing = None;
        }
    }

    fn both(&mut self, session: CK_SESSION_HANDLE) -> Result<(&mut Session, &mut Slot), CK_RV> {
        let open = self
            .sessions
            .get_mut(&session)
            .ok_or(CKR_SESSION_HANDLE_INVALID)?;
        let slot = self.slots.get_mut(open.slot).ok_or(CKR_SLOT_ID_INVALID)?;
        if slot.removed {
            Err(CKR_DEVICE_REMOVED)
        } else {
            Ok((open, slot))
        }
    }
}

impl Slot {
    fn of(mut token: Token) -> Self {
        let objects = std::mem::take(&mut token.objects)
            .into_iter()
            .map(Held::of)
            .collect();
        Self {
            left: token.tries,
            token,
            objects,
            logged_in: false,
            removed: false,
        }
    }

    /// `CK_TOKEN_INFO.flags` as they stand.
    pub(crate) fn flags(&self) -> CK_FLAGS {
        let pin = match self.left {
            0 => CKF_USER_PIN_LOCKED,
            1 => CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW,
            left if left < self.token.tries => CKF_USER_PIN_COUNT_LOW,
            _ => 0,
        };
        let pad = if self.token.pin_pad {
            CKF_PROTECTED_AUTHENTICATION_PATH
        } else {
            0
        };
        CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED | pin | pad
    }

    fn try_pin(&mut self, pin: Option<&[u8]>) -> Result<(), CK_RV> {
        if self.left == 0 {
            return Err(CKR_PIN_LOCKED);
        }
        match pin {
            None if !self.token.pin_pad => return Err(CKR_ARGUMENTS_BAD),
            Some(pin) if pin != self.token.pin.as_bytes() && hashed_pin(pin) != self.token.pin => {
                self.left -= 1;
                return Err(if self.left == 0 {
                    CKR_PIN_LOCKED
                } else {
                    CKR_PIN_INCORRECT
                });
            }
            _ => self.left = self.token.tries,
        }
        Ok(())
    }

    fn object(&self, handle: CK_OBJECT_HANDLE) -> Option<&Held> {
        let held = self.objects.get(index(handle).checked_sub(1)?)?;
        (self.logged_in || !held.is_private()).then_some(held)
    }
}

fn index(number: CK_ULONG) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
