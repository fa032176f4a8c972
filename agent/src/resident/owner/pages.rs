//! The page that is open, under a login or by itself.

use std::sync::Arc;

use kyso_screens::{Act, Page};

use super::{Resident, Scene, Wanted};
use crate::controller::Begin;
use crate::pages::{self, Around, Job, News, Open, Step, Wish};
use crate::problem::{Failure, Problem};
use crate::resident::autostart;
use crate::resident::event::Event;
use crate::resident::message::Refusal;
use crate::settings::SettingsError;
use crate::view::View;

/// A page with the number that its news carry.
pub(super) struct OpenPage {
    pub(super) open: Open,
    number: u64,
    /// The number of the first screen that it showed since it has the window.
    pub(super) since: u64,
    /// It says itself what came of a signature that was tried.
    pub(super) tells: bool,
}

impl Resident {
    /// Opens a page and brings the window to the front. A login isn't interrupted: its window comes to the front instead.
    ///
    /// # Errors
    /// One variant a cause, which has been said; settings that are refused are said in the window.
    pub(super) fn opened(
        &mut self,
        page: Option<Page>,
        token: Option<String>,
    ) -> Result<(), Refusal> {
        if self.is_seen() {
            self.stage.front(token);
            return Ok(());
        }
        let turned = self.read_settings().and_then(|()| {
            let page = page.unwrap_or_else(|| self.first_page());
            self.turn_to(page)
        });
        if let Err(error) = turned {
            return Err(self.refused_in_window(error, token));
        }
        let raised = self.stage.raise(&self.settings, token);
        raised.map_err(|why| self.no_window(why))?;
        self.draw()
    }

    /// As a notification where no window comes up.
    fn refused_in_window(&mut self, error: SettingsError, token: Option<String>) -> Refusal {
        self.stage.renew();
        if self.stage.raise(&self.settings, token).is_err() {
            return self.refused(error);
        }
        let problem = Problem::from(&Failure::Settings(error));
        self.scene = Scene::Over(View::Failed(problem), None);
        // It stands in a window that is there.
        let _ = self.draw();
        Refusal::Settings
    }

    /// Whoever was never asked whether the agent starts at log-in is welcomed.
    pub(super) fn first_page(&self) -> Page {
        match self.settings.autostart {
            None => Page::Welcome,
            Some(_) => Page::Identities,
        }
    }

    fn turn_to(&mut self, page: Page) -> Result<(), SettingsError> {
        let around = self.around()?;
        let (open, jobs) = pages::open(page, &around);
        self.pages += 1;
        self.page = Some(OpenPage {
            open,
            number: self.pages,
            since: self.stage.number() + 1,
            tells: page == Page::Welcome,
        });
        self.stage.renew();
        self.scene = Scene::Page;
        self.work(jobs);
        Ok(())
    }

    fn around(&mut self) -> Result<Around, SettingsError> {
        Ok(Around {
            drivers: self.drivers()?,
            settings: Arc::clone(&self.settings),
            starts: autostart::is_on(),
        })
    }

    /// What hinders it has been said.
    fn said_around(&mut self) -> Result<Around, Refusal> {
        self.around().map_err(|error| self.refused(error))
    }

    fn work(&self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            let (events, number) = (self.events.clone(), self.pages);
            tokio::task::spawn_blocking(move || {
                // The agent may have ended meanwhile.
                let _ = events.send(Event::News(number, job()));
            });
        }
    }

    pub(super) fn news(&mut self, number: u64, news: News) {
        let Some(page) = self.page.as_mut().filter(|page| page.number == number) else {
            return;
        };
        let next = page.open.take(news);
        self.work(next);
        self.redraw_page();
    }

    /// A token came or went.
    pub(super) fn plugged(&mut self) {
        if !matches!(self.scene, Scene::Page) {
            return;
        }
        let Ok(around) = self.said_around() else {
            return;
        };
        if let Some(page) = &mut self.page {
            let jobs = page.open.plugged(&around);
            self.work(jobs);
        }
        self.redraw_page();
    }

    fn redraw_page(&mut self) {
        if matches!(self.scene, Scene::Page) {
            // What hinders a window has been said.
            let _ = self.draw();
        }
    }

    pub(super) fn act_on_page(&mut self, act: Act) {
        match act {
            Act::Close => self.close_page(),
            Act::Open { page } => self.go_to(page),
            act => {
                let Ok(around) = self.said_around() else {
                    return;
                };
                let Some(page) = &mut self.page else {
                    return;
                };
                let Step { jobs, wish } = page.open.act(act, &around);
                self.work(jobs);
                match wish {
                    Some(wish) => self.grant(&wish),
                    None => self.redraw_page(),
                }
            }
        }
    }

    fn grant(&mut self, wish: &Wish) {
        match wish {
            Wish::Page(page) => self.go_to(*page),
            Wish::TryOut(certificate) => {
                let wanted = Wanted {
                    begin: Begin::TryOut(*certificate),
                    browser: None,
                };
                // What hinders it has been said.
                let _ = self.begin(wanted, None);
            }
            Wish::Changed => self.changed(None),
            Wish::Start(on) => {
                let set = autostart::set(*on);
                self.changed(set.err().map(|why| SettingsError::at("autostart", why)));
            }
            Wish::Close => self.close_page(),
        }
    }

    fn go_to(&mut self, page: Page) {
        match self.turn_to(page) {
            Ok(()) => self.redraw_page(),
            Err(error) => _ = self.refused(error),
        }
    }

    /// Other settings may mean other drivers. With what hindered the change.
    fn changed(&mut self, problem: Option<SettingsError>) {
        let reloaded = self.reload();
        self.drivers = None;
        if let (Ok(()), Ok(around), Some(page)) = (reloaded, self.said_around(), &mut self.page) {
            page.open.renew(&around);
            problem.into_iter().for_each(|why| page.open.refuse(why));
        }
        self.redraw_page();
    }

    fn close_page(&mut self) {
        self.page = None;
        self.scene = Scene::Empty;
        self.stage.close();
        self.rest();
    }
}
