//! The page that is open, under a login or by itself.

use std::sync::Arc;

use kyso_screens::{Act, Page};

use super::{Resident, Scene, Wanted};
use crate::controller::Begin;
use crate::pages::{self, Around, Job, News, Open, Step, Wish};
use crate::resident::autostart;
use crate::resident::event::Event;
use crate::resident::message::Refusal;
use crate::settings::SettingsError;

/// A page with the number that its news carry.
pub(super) struct OpenPage {
    pub(super) open: Open,
    number: u64,
    /// The number of the first screen that it showed.
    pub(super) since: u64,
    /// It says itself what came of a signature that was tried.
    pub(super) tells: bool,
}

impl Resident {
    /// Opens a page and brings the window to the front. A login isn't interrupted: its window comes to the front instead.
    pub(super) fn opened(
        &mut self,
        page: Option<Page>,
        token: Option<String>,
    ) -> Result<(), Refusal> {
        if self.login.is_some() {
            self.stage.front(token);
            return Ok(());
        }
        self.reload()?;
        self.turn_to(page.unwrap_or_else(|| self.first_page()))?;
        let raised = self.stage.raise(&self.settings, token);
        raised.map_err(|why| self.no_window(why))?;
        self.draw()
    }

    /// Whoever was never asked whether the agent starts at log-in is welcomed.
    pub(super) fn first_page(&self) -> Page {
        match self.settings.autostart {
            None => Page::Welcome,
            Some(_) => Page::Identities,
        }
    }

    fn turn_to(&mut self, page: Page) -> Result<(), Refusal> {
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

    fn around(&mut self) -> Result<Around, Refusal> {
        Ok(Around {
            drivers: self.drivers()?,
            settings: Arc::clone(&self.settings),
            starts: autostart::is_on(),
        })
    }

    fn work(&self, jobs: Vec<Job>) {
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
        page.open.take(news);
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
                let Ok(around) = self.around() else {
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
        if self.turn_to(page).is_ok() {
            self.redraw_page();
        }
    }

    /// Other settings may mean other drivers. With what hindered the change.
    fn changed(&mut self, problem: Option<SettingsError>) {
        let reloaded = self.reload();
        self.drivers = None;
        if let (Ok(()), Ok(around), Some(page)) = (reloaded, self.around(), &mut self.page) {
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
