#!/usr/bin/perl
# Fills an empty Request Tracker with what the tests of the desk need. Prints ids and tokens as JSON.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use JSON;
use RT;
RT->LoadConfig;
RT->Init;
require RT::AuthToken;

my $system = RT->SystemUser;

sub made {
    my ($what, $id, $message) = @_;
    die "$what: " . ($message // 'no reason given') . "\n" unless $id;
    return $id;
}

my %queue;
for my $name ('Proactive Service', 'Field Service', 'Back Office') {
    my $queue = $queue{$name} = RT::Queue->new($system);
    made("queue $name", $queue->Create(Name => $name, Lifecycle => 'default'));
}
# The gateway has no rights in the back office, and knows nothing of it.
my @desk = @queue{ 'Proactive Service', 'Field Service' };

my @fields = (
    { Name => 'Case Ref', Type => 'FreeformSingle', UniqueValues => 1 },
    { Name => 'Dedup Key', Type => 'FreeformSingle' },
    { Name => 'Device ID', Type => 'FreeformSingle' },
    { Name => 'Case Rev', Type => 'FreeformSingle' },
    { Name => 'Severity', Type => 'SelectSingle', values => [qw(warning major critical)] },
    { Name => 'Case Link', Type => 'FreeformSingle', LinkValueTo => '__CustomField__' },
    { Name => 'Case Evidence', Type => 'HTMLSingle' },
    {
        Name   => 'Case Verdict',
        Type   => 'SelectSingle',
        values => [ 'Confirmed', 'False alarm', 'Sensor fault', 'Duplicate', 'Deferred' ],
    },
);
my %field;
for my $wanted (@fields) {
    my %given  = %$wanted;
    my $values = delete $given{values} || [];
    my $name   = $given{Name};
    my $field  = $field{$name} = RT::CustomField->new($system);
    made("field $name", $field->Create(%given, LookupType => 'RT::Queue-RT::Ticket'));
    my $order = 0;
    made("value $_", $field->AddValue(Name => $_, SortOrder => ++$order)) for @$values;
    made("field $name in a queue", $field->AddToObject($_)) for @desk;
}

my %user;
for my $name ('gateway-bot', 'agent.anna', 'agent.ben') {
    my $user = $user{$name} = RT::User->new($system);
    made("user $name", $user->Create(
        Name         => $name,
        RealName     => join(' ', map { ucfirst } split /[.-]/, $name),
        EmailAddress => "$name\@desk.invalid",
        Password     => "password-of-$name",
        Privileged   => 1,
    ));
}
my @common = qw(SeeQueue ShowTicket ShowTicketComments CreateTicket CommentOnTicket ModifyTicket);
my @fields_of = qw(SeeCustomField ModifyCustomField SetInitialCustomField);
for my $queue (values %queue) {
    for my $name ('agent.anna', 'agent.ben') {
        made("right $_ of $name", $user{$name}->PrincipalObj->GrantRight(Right => $_, Object => $queue))
            for @common, @fields_of, qw(ReplyToTicket OwnTicket TakeTicket StealTicket ReassignTicket DeleteTicket);
    }
}
for my $queue (@desk) {
    made("right $_", $user{'gateway-bot'}->PrincipalObj->GrantRight(Right => $_, Object => $queue)) for @common;
}

# At the fields themselves: only so RT shows the gateway which values they have.
for my $field (values %field) {
    made("right $_", $user{'gateway-bot'}->PrincipalObj->GrantRight(Right => $_, Object => $field)) for @fields_of;
}

my %token;
my $digit = 0;
for my $name (sort keys %user) {
    # A row as RT itself makes it; only the random part is always the same.
    no warnings 'redefine';
    my $secret = ++$digit x 32;
    local *RT::AuthToken::_GenerateToken = sub { $secret };
    my $right = $user{$name}->PrincipalObj->GrantRight(Right => 'ManageAuthTokens', Object => RT->System);
    made("token right of $name", $right);
    my ($id, $message, $text) = RT::AuthToken->new($system)->Create(Owner => $user{$name}->Id, Description => 'tests');
    made("token of $name", $id, $message);
    $token{$name} = $text;
}

# Says that something changed, signed as Standard Webhooks describe; what changed is read by REST.
my $poke = <<'PERL';
my $url = $ENV{VOORZORG_HOOK_URL} or return 1;
require Digest::SHA; require LWP::UserAgent; require MIME::Base64;
my $transaction = $self->TransactionObj;
my $body = JSON::encode_json({ type => 'ticket.changed', data => { ticket => $self->TicketObj->Id + 0 } });
my $id   = 'rt_' . $transaction->Id;
my $time = time;
my $key  = MIME::Base64::decode_base64($ENV{VOORZORG_HOOK_SECRET} =~ s/^whsec_//r);
my $sum  = MIME::Base64::encode_base64(Digest::SHA::hmac_sha256("$id.$time.$body", $key), '');
LWP::UserAgent->new(timeout => 3)->post($url, Content => $body, 'content-type' => 'application/json',
    'webhook-id' => $id, 'webhook-timestamp' => $time, 'webhook-signature' => "v1,$sum");
return 1;
PERL
my $hook = RT::Scrip->new($system);
made('hook', $hook->Create(
    Queue                  => 0,
    Description            => 'Tell the gateway',
    ScripCondition         => 'User Defined',
    ScripAction            => 'User Defined',
    Template               => 'Blank',
    CustomIsApplicableCode => q{ return $self->TransactionObj->CreatorObj->Name ne 'gateway-bot' },
    CustomPrepareCode      => 'return 1',
    CustomCommitCode       => $poke,
));

print JSON->new->canonical->encode({
    tokens => \%token,
    queues => { map { $_ => $queue{$_}->Id + 0 } keys %queue },
    fields => { map { $_ => $field{$_}->Id + 0 } keys %field },
});
