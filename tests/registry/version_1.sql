-- SPDX-License-Identifier: Apache-2.0
-- A workspace's database as the version before migrations made it: one declaration of each kind, and what follows on them.
BEGIN TRANSACTION;
CREATE TABLE declaration_works (
	seq INTEGER NOT NULL, 
	work TEXT NOT NULL, 
	relation VARCHAR(16) NOT NULL, 
	PRIMARY KEY (seq, work, relation), 
	FOREIGN KEY(seq) REFERENCES declarations (seq)
);
INSERT INTO "declaration_works" VALUES(5,'series-1','part_of');
INSERT INTO "declaration_works" VALUES(5,'manga-1','derived_from');
INSERT INTO "declaration_works" VALUES(7,'all','works');
INSERT INTO "declaration_works" VALUES(8,'film-1','works');
INSERT INTO "declaration_works" VALUES(9,'all','works');
INSERT INTO "declaration_works" VALUES(10,'all','works');
INSERT INTO "declaration_works" VALUES(11,'film-1','of');
CREATE TABLE declarations (
	seq INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	id TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	body_sha256 VARCHAR(64) NOT NULL, 
	recorded_at VARCHAR(27) NOT NULL, 
	effective_from VARCHAR(27), 
	effective_until VARCHAR(27), 
	ledger_index INTEGER NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (ledger_index)
);
INSERT INTO "declarations" VALUES(1,'party','studio','studio','{"id":"studio","kind":"holder","name":{"en":"Example Studio","ja":"例スタジオ"}}','8d4b7fd2de72db80d4db33b0d1f02cfcc022c04b43d11347748167099e7384b1','2025-06-01T00:00:00.000000Z',NULL,NULL,0);
INSERT INTO "declarations" VALUES(2,'party','assoc','assoc','{"id":"assoc","kind":"association"}','83619fbe99bd5a2ed7558f330529f6bc392164ee48a59e2c26257d628fca7fb8','2025-06-01T00:00:00.000000Z',NULL,NULL,1);
INSERT INTO "declarations" VALUES(3,'party','lab','lab','{"id":"lab","kind":"developer"}','1ed5b657e052d1cbfe568fe9594602933e38e7345c93bd163b76a31d1fae6898','2025-06-01T00:00:00.000000Z',NULL,NULL,2);
INSERT INTO "declarations" VALUES(4,'work','series-1','series-1','{"id":"series-1","kind":"series","shares":[{"party":"studio","rights":["all"],"territory":["world"]}]}','4e55fcbf42dd93e418fdfa5510b795d9b86a1e4a574c5302f0ef20429ace8157','2025-06-01T00:00:00.000000Z',NULL,NULL,3);
INSERT INTO "declarations" VALUES(5,'work','film-1','film-1','{"derived_from":["manga-1"],"id":"film-1","kind":"film","part_of":["series-1"],"shares":[{"party":"studio","portion":"1/2","rights":["all"],"territory":["world"]}],"title":{"en":"First Film"}}','26d0bd305f5b89c3e550a385f48072dcdf3274ac040a2acc57c5ba7239744989','2025-06-01T00:00:00.000000Z',NULL,NULL,4);
INSERT INTO "declarations" VALUES(6,'work','manga-1','manga-1','{"id":"manga-1","kind":"manga"}','148908fdb5d71e97eea914c32092558deebeb4a214903e4fc87b0e992d5d2ac6','2025-06-01T00:00:00.000000Z',NULL,NULL,5);
INSERT INTO "declarations" VALUES(7,'mandate','m-1','assoc','{"acts":["all"],"agent":"assoc","id":"m-1","may":["all"],"principal":"studio","valid_from":"2025-01-01T00:00:00Z","works":["all"]}','62d44fdd35cdb2a63dce70b4a6aab10256341f2b900097aed2e255279519a258','2025-06-01T00:00:00.000000Z','2025-01-01T00:00:00.000000Z',NULL,6);
INSERT INTO "declarations" VALUES(8,'permission','g-1','studio','{"acts":["train"],"by":"studio","effective_from":"2025-03-01T00:00:00Z","id":"g-1","kind":"grant","media":["all"],"models":["all"],"purposes":["all"],"territories":["world"],"to":["lab"],"works":["film-1"]}','2a51bb30e70965c032632fa99454f91d4abadca2a4a5a9e7a1062c9d68d3c4b4','2025-06-01T00:00:00.000000Z','2025-03-01T00:00:00.000000Z',NULL,7);
INSERT INTO "declarations" VALUES(9,'permission','n-1','studio','{"acts":["generate"],"by":"studio","id":"n-1","kind":"refusal","media":["all"],"models":["all"],"purposes":["all"],"territories":["world"],"to":["anyone"],"works":["all"]}','906ce3c7b36f0696fe4ff4cef1783b5ac0cae8e63cf047721375cfc2822b4827','2025-06-01T00:00:00.000000Z','2025-06-01T00:00:00.000000Z',NULL,8);
INSERT INTO "declarations" VALUES(10,'permission','r-1','studio','{"acts":["all"],"by":"studio","id":"r-1","kind":"revocation","media":["all"],"models":["all"],"purposes":["all"],"revokes":"g-1","territories":["world"],"to":["anyone"],"works":["all"]}','87a4fd76b9ff85d97abd9c50427f9ca300b08983e48bd4f03ffb13c1f9ef1e94','2025-06-01T00:00:00.000000Z','2025-06-01T00:00:00.000000Z',NULL,9);
INSERT INTO "declarations" VALUES(11,'reference','r-cfb77ca20a016106826a','film-1','{"descriptor":"pdq-v1","duration_s":20,"frames":40,"id":"r-cfb77ca20a016106826a","sha256":"dc74f53d8305f5b261f60733dee6a76568aae19aec8951d4ba1fc5bb86deb82c","source":{},"work":"film-1"}','7d88f1245f21a4416c8106e2c8e71e04df1390eb63c0560a67cfcaf9dd930112','2025-06-01T00:00:00.000000Z',NULL,NULL,10);
CREATE TABLE settings (
	name VARCHAR(32) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "settings" VALUES('schema','1');
INSERT INTO "settings" VALUES('origin','kyodaku/5a427d44ee151008');
INSERT INTO "settings" VALUES('created_at','2025-06-01T00:00:00+00:00');
CREATE INDEX declarations_by_subject ON declarations (kind, subject);
CREATE INDEX declarations_by_time ON declarations (recorded_at);
CREATE INDEX declarations_by_id ON declarations (kind, id, seq);
CREATE INDEX declaration_works_by_work ON declaration_works (work, relation);
CREATE TRIGGER declarations_no_update BEFORE UPDATE ON declarations BEGIN SELECT RAISE(ABORT, 'declarations: nothing is edited or deleted'); END;
CREATE TRIGGER declarations_no_delete BEFORE DELETE ON declarations BEGIN SELECT RAISE(ABORT, 'declarations: nothing is edited or deleted'); END;
CREATE TRIGGER declarations_no_replace BEFORE INSERT ON declarations WHEN EXISTS (SELECT 1 FROM declarations WHERE (ledger_index = NEW.ledger_index) OR (seq = NEW.seq)) BEGIN SELECT RAISE(ABORT, 'declarations: nothing is edited or deleted'); END;
CREATE TRIGGER settings_no_update BEFORE UPDATE ON settings BEGIN SELECT RAISE(ABORT, 'settings: nothing is edited or deleted'); END;
CREATE TRIGGER settings_no_delete BEFORE DELETE ON settings BEGIN SELECT RAISE(ABORT, 'settings: nothing is edited or deleted'); END;
CREATE TRIGGER settings_no_replace BEFORE INSERT ON settings WHEN EXISTS (SELECT 1 FROM settings WHERE (name = NEW.name)) BEGIN SELECT RAISE(ABORT, 'settings: nothing is edited or deleted'); END;
CREATE TRIGGER declaration_works_no_update BEFORE UPDATE ON declaration_works BEGIN SELECT RAISE(ABORT, 'declaration_works: nothing is edited or deleted'); END;
CREATE TRIGGER declaration_works_no_delete BEFORE DELETE ON declaration_works BEGIN SELECT RAISE(ABORT, 'declaration_works: nothing is edited or deleted'); END;
CREATE TRIGGER declaration_works_no_replace BEFORE INSERT ON declaration_works WHEN EXISTS (SELECT 1 FROM declaration_works WHERE (seq = NEW.seq AND work = NEW.work AND relation = NEW.relation)) BEGIN SELECT RAISE(ABORT, 'declaration_works: nothing is edited or deleted'); END;
COMMIT;
