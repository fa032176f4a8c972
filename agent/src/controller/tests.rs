use super::*;
use crate::login::Act;
use crate::shell::recording::Recording;
use crate::view::View;

fn run(link: &str, stopped: bool) -> (Ended, Vec<String>) {
    let (shell, record) =
        Recording::new(|view| matches!(view, View::Consent(_)).then_some(Act::Agree));
    let drivers = Drivers {
        each: Vec::new(),
        host_program: "/nowhere".into(),
    };
    let controller = Controller::new(shell, Arc::new(Settings::default()), Arc::new(drivers));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let stop = async move {
        if !stopped {
            std::future::pending::<()>().await;
        }
        Stop::WindowClosed
    };
    let begin = Begin::Link(Link::parse(link).expect("a link"));
    let ended = runtime.block_on(controller.run(begin, stop));
    let views = record.lock().expect("done").clone();
    (ended, views)
}

#[test]
fn a_window_that_is_gone_ends_the_login_and_is_told_apart_from_a_no() {
    let end = |stop: Stop| {
        let (shell, record) = Recording::new(|_| None);
        let drivers = Drivers::of(Vec::new(), "/nowhere".into());
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            state_folder: Some(folder.path().to_owned()),
            ..Settings::default()
        };
        let controller = Controller::new(shell, Arc::new(settings), Arc::new(drivers));
        // Without a token it waits, until somebody ends it.
        let waited = Arc::clone(&record);
        let stopped = async move {
            while waited.lock().expect("one test").len() < 2 {
                tokio::task::yield_now().await;
            }
            stop
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let login = controller.patient().run(Begin::TryOut([7; 32]), stopped);
        match runtime.block_on(login) {
            Ended::Failed(failure) => crate::problem::Problem::from(&failure).code.as_str(),
            _ => "no failure",
        }
    };
    assert_eq!(end(Stop::WindowClosed), "WINDOW-CLOSED");
    assert_eq!(end(Stop::Cancelled), "CANCELLED");
}

#[test]
fn whoever_looks_again_without_a_token_goes_on_waiting_for_one() {
    let mut again = Some(Act::LookAgain);
    let (shell, record) = Recording::new(move |view| match view {
        View::Choose(_) => again.take(),
        _ => None,
    });
    let drivers = Drivers::of(Vec::new(), "/nowhere".into());
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings {
        state_folder: Some(folder.path().to_owned()),
        ..Settings::default()
    };
    let controller = Controller::new(shell, Arc::new(settings), Arc::new(drivers));
    let waited = Arc::clone(&record);
    // Searched, asked for a token, and both again; then the first to wait for a token is called off.
    let stopped = async move {
        while waited.lock().expect("one test").len() < 4 {
            tokio::task::yield_now().await;
        }
        for _ in 0..64 {
            tokio::task::yield_now().await;
        }
        Stop::WindowClosed
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let login = controller.patient().run(Begin::TryOut([7; 32]), stopped);
    let Ended::Failed(failure) = runtime.block_on(login) else {
        panic!("no failure")
    };
    let problem = crate::problem::Problem::from(&failure);
    assert_eq!(problem.code.as_str(), "WINDOW-CLOSED");
}

#[test]
fn an_origin_that_is_neither_public_nor_listed_ends_the_login_unfetched() {
    let (ended, views) = run(
        "kyso:1/quocgia.localhost:8443/AAECAwQFBgcICQoLDA0ODw",
        false,
    );
    let Ended::Failed(failure) = ended else {
        panic!("accepted")
    };
    assert_eq!(
        crate::problem::Problem::from(&failure).code.as_str(),
        "ORIGIN-REFUSED"
    );
    assert_eq!(views.len(), 2, "{views:?}");
}
