# Fills an empty Redmine for tests: two projects, the fields of a desk, the gateway's user with only
# the rights that the documentation asks for, two agents. Prints all ids and keys as JSON. Keys are public.
require "json"

Redmine::DefaultData::Loader.load("en")
{
  rest_api_enabled: "1", login_required: "1", default_language: "en", notified_events: [],
  text_formatting: "textile", attachment_max_size: "8192",
}.each { |name, value| Setting[name] = value }

def user(login, first)
  made = User.new(firstname: first, lastname: "Test", mail: "#{login}@desk.invalid", language: "en")
  made.login = login
  made.password = made.password_confirmation = "pw-#{login}-1234"
  made.mail_notification = "none"
  made.save!
  key = Digest::SHA1.hexdigest("redmine-test-key:#{login}")
  Token.new(user: made, action: "api").tap(&:save!).update_column(:value, key)
  { id: made.id, name: made.name, login: login, key: key, user: made }
end

tracker = Tracker.find_by!(name: "Support")
manager = Role.find_by!(name: "Manager")
gateway = Role.new(name: "Gateway", issues_visibility: "all", users_visibility: "all")
gateway.permissions = %i[
  view_issues add_issues edit_issues add_issue_notes view_private_notes set_notes_private
  manage_issue_relations
]
gateway.save!
WorkflowRule.copy(tracker, manager, tracker, gateway)

LISTS = {
  "Severity" => %w[info warning major critical],
  "Case Verdict" => ["Confirmed", "False alarm", "Sensor fault", "Duplicate", "Deferred"],
}.freeze
formats = {
  "Case Ref" => "string", "Dedup Key" => "string", "Device ID" => "string", "Case Rev" => "int",
  "Severity" => "list", "Case Link" => "link", "Case Verdict" => "list",
}
fields = formats.to_h do |name, format|
  values = LISTS.key?(name) ? { possible_values: LISTS.fetch(name) } : {}
  field = IssueCustomField.new(
    { name: name, field_format: format, is_for_all: true, is_filter: true, visible: true,
      searchable: format == "string", tracker_ids: [tracker.id] }.merge(values)
  )
  field.save!
  [name, field.id]
end

people = {
  bot: user("gateway-bot", "Gateway"), anna: user("agent.anna", "Anna"), ben: user("agent.ben", "Ben"),
}
projects = { "proactive" => "Proactive Service", "field" => "Field Service" }.to_h do |identifier, name|
  project = Project.new(
    name: name, identifier: identifier, is_public: false, enabled_module_names: ["issue_tracking"]
  )
  project.trackers = [tracker]
  project.save!
  people.each do |who, person|
    Member.create!(project: project, user: person[:user], roles: [who == :bot ? gateway : manager])
  end
  [identifier, project.id]
end

puts JSON.generate(
  people: people.transform_values { |person| person.except(:user) },
  projects: projects,
  tracker: tracker.id,
  fields: fields,
  statuses: IssueStatus.sorted.to_h { |status| [status.name, status.id] }
)
