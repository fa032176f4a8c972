//! USB devices that come and go, as the kernel tells udev (netlink, `NETLINK_KOBJECT_UEVENT`).
//!
//! Without udev's own library: the kernel's message is text, and only root can send another.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recvfrom, socket_with};

use crate::watch::{Change, Teller, UsbDevice};

/// The group that the kernel sends to; udev's own messages go to the next one.
const KERNEL: u32 = 1;
/// Longest message (`UEVENT_BUFFER_SIZE` of the kernel is 2048, before it the path of the device).
const LONGEST: usize = 8192;

/// The thread that listens, until this is dropped.
pub(crate) struct Devices {
    /// Closing it is what ends the thread.
    _stop: UnixStream,
}

impl Devices {
    /// `None` where the system doesn't let us listen.
    pub(crate) fn watch(teller: Teller) -> Option<Self> {
        let listening = || io::Result::Ok((kernel_socket()?, UnixStream::pair()?));
        let (socket, (stop, stopped)) = listening()
            .inspect_err(|error| tracing::warn!(%error, "USB devices are not watched"))
            .ok()?;
        std::thread::spawn(move || listen(&socket, &stopped, &teller));
        Some(Self { _stop: stop })
    }
}

fn kernel_socket() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let kind = SocketType::DGRAM;
    let socket = socket_with(AddressFamily::NETLINK, kind, flags, Some(KOBJECT_UEVENT))?;
    bind(&socket, &SocketAddrNetlink::new(0, KERNEL))?;
    Ok(socket)
}

fn listen(socket: &OwnedFd, stopped: &UnixStream, teller: &Teller) {
    let mut message = vec![0; LONGEST];
    loop {
        let mut watched = [
            PollFd::new(socket, PollFlags::IN),
            PollFd::new(stopped, PollFlags::IN),
        ];
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
        if watched.iter().skip(1).any(|end| !end.revents().is_empty()) {
            return;
        }
        while let Some(change) = receive(socket, &mut message) {
            change.into_iter().for_each(|change| teller.tell(change));
        }
    }
}

/// `None` when nothing is left to be read; within it, `None` for a message that is nothing to us.
fn receive(socket: &OwnedFd, message: &mut [u8]) -> Option<Option<Change>> {
    let (length, from) = match recvfrom(socket, &mut *message, RecvFlags::empty()) {
        Ok((_, length, from)) => (length, from),
        // More came than was read: what was lost is not known, and the modules are asked in any case.
        Err(Errno::NOBUFS | Errno::INTR) => return Some(None),
        Err(_) => return None,
    };
    let from_kernel = from
        .and_then(|from| SocketAddrNetlink::try_from(from).ok())
        .is_some_and(|from| from.pid() == 0);
    let whole = message.get(..length).filter(|_| from_kernel);
    Some(whole.and_then(parse))
}

/// `ACTION@PATH`, then `NAME=value` each, all ended by NUL (kernel, `lib/kobject_uevent.c`).
fn parse(message: &[u8]) -> Option<Change> {
    let mut parts = message.split(|byte| *byte == 0);
    let mut properties = parts.by_ref().skip(1).filter_map(|part| {
        let (name, value) = std::str::from_utf8(part).ok()?.split_once('=')?;
        Some((name, value))
    });
    let (mut action, mut is_device, mut device) = (None, false, None);
    for (name, value) in properties.by_ref() {
        match name {
            "ACTION" => action = Some(value),
            "DEVTYPE" => is_device = value == "usb_device",
            "PRODUCT" => device = numbers(value),
            _ => {}
        }
    }
    let device = device.filter(|_| is_device)?;
    match action? {
        "add" => Some(Change::DeviceAdded(device)),
        "remove" => Some(Change::DeviceRemoved(device)),
        _ => None,
    }
}

/// `96e/703/100`: vendor, product and release in hexadecimal digits without leading zeros.
fn numbers(value: &str) -> Option<UsbDevice> {
    let mut numbers = value.split('/').map(|part| u16::from_str_radix(part, 16));
    let device = UsbDevice {
        vendor: numbers.next()?.ok()?,
        product: numbers.next()?.ok()?,
    };
    numbers.next()?.ok()?;
    numbers.next().is_none().then_some(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &str) {
        let message = message.replace('|', "\0");
        assert_eq!(format!("{:?}", parse(message.as_bytes())), expected);
    }

    const ADDED: &str = "add@/devices/pci0000:00/usb1/1-2|ACTION=add|DEVPATH=/devices/pci0000:00/usb1/1-2|\
                         SUBSYSTEM=usb|DEVNAME=bus/usb/001/005|DEVTYPE=usb_device|PRODUCT=96e/703/100|SEQNUM=4711|";

    #[test]
    fn a_device_that_comes_is_told_by_its_numbers() {
        check(
            ADDED,
            "Some(DeviceAdded(UsbDevice { vendor: 2414, product: 1795 }))",
        );
        let removed = ADDED.replace("add", "remove");
        check(
            &removed,
            "Some(DeviceRemoved(UsbDevice { vendor: 2414, product: 1795 }))",
        );
        let shown = UsbDevice {
            vendor: 0x96e,
            product: 0x703,
        }
        .to_string();
        assert_eq!(shown, "096e:0703");
    }

    #[test]
    fn what_is_no_device_is_not_told() {
        check(&ADDED.replace("usb_device", "usb_interface"), "None");
        check(&ADDED.replace("add", "bind"), "None");
        check(&ADDED.replace("96e/703", "96e"), "None");
        check(&ADDED.replace("96e", "-96e"), "None");
        check("", "None");
        check("libudev|", "None");
    }

    #[test]
    fn no_message_breaks_the_reading() {
        for end in 0..ADDED.len() {
            let cut = ADDED.replace('|', "\0");
            let _ = parse(&cut.as_bytes()[..end]);
        }
        assert!(parse(&[0xff; LONGEST]).is_none());
    }

    /// Has the kernel tell of a device again, which takes root; nothing about the device changes.
    fn told_again() -> bool {
        std::fs::write("/sys/devices/virtual/mem/null/uevent", "change").is_ok()
    }

    #[test]
    fn the_kernels_own_messages_arrive() {
        let listening = kernel_socket().ok().filter(|_| told_again());
        let Some(socket) = listening else {
            return eprintln!("skipped: only root can have the kernel tell of a device");
        };
        let mut message = vec![0; LONGEST];
        let begun = b"change@/devices/virtual/mem/null\0";
        let mut watched = [PollFd::new(&socket, PollFlags::IN)];
        while !message.starts_with(begun) {
            assert_eq!(poll(&mut watched, None), Ok(1));
            assert!(matches!(receive(&socket, &mut message), Some(None)));
        }
    }
}
