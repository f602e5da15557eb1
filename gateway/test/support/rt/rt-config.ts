export interface RtPaths {
  readonly folder: string;
  readonly port: number;
}

/** RT_SiteConfig.pm of a desk that keeps everything in one folder and sends no mail. */
export const siteConfig = ({ folder, port }: RtPaths): string => `use utf8;
Set($rtname, 'rt.test');
Set($Organization, 'desk.invalid');
Set($WebDomain, '127.0.0.1');
Set($WebPort, ${port});
Set($WebPath, '');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '${folder}/rt.sqlite3');
Set($DatabaseHost, undef);
# Every mail that RT would send goes into a file of its folder.
Set($MailCommand, 'mbox');
Set($RecordOutgoingEmail, 0);
# Each request checks the token against such a hash; nothing here is worth a dear one.
Set($BcryptCost, 4);
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
Set($LogToFile, undef);
Set($HTMLFormatter, 'core');
Set($WebSessionClass, 'Apache::Session::File');
Set(%GnuPG, Enable => 0);
Set(%SMIME, Enable => 0);
$RT::MasonDataDir = '${folder}/mason';
$RT::MasonSessionDir = '${folder}/session';
$RT::VarPath = '${folder}';
1;
`;
