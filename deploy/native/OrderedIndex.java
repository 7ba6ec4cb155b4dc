import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.Document;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** An index on one field, in memory and in order, for {@code $lte} and for one value; made anew at each start. */
final class OrderedIndex extends Index<Object> {
    private final String field;
    private final TreeMap<Object, Set<Object>> positions = new TreeMap<>(ValueComparator.asc());

    OrderedIndex(String name, List<IndexKey> keys, boolean sparse) {
        super(name, keys, sparse);
        this.field = keys.get(0).getKey();
    }

    @Override
    public boolean canHandle(Document query) {
        return ExactIndex.isPlain(ExactIndex.valueIn(query, field)) || ExactIndex.isPlain(bound(query));
    }

    /** Whether it can handle the query, and nothing else is asked for. */
    boolean isAllOf(Document query) {
        return query != null && query.size() == 1 && canHandle(query);
    }

    /** Whether what it finds for the query comes in that order. */
    boolean isInOrder(Document query, Document orderBy) {
        return ExactIndex.isPlain(bound(query)) && orderBy != null && orderBy.size() == 1
            && Integer.valueOf(1).equals(orderBy.get(field));
    }

    synchronized int count(Document query) {
        Object value = ExactIndex.valueIn(query, field);
        if (ExactIndex.isPlain(value)) {
            return positions.getOrDefault(value, Set.of()).size();
        }
        Object bound = bound(query); // texts are neither less nor more than numbers
        return positions.headMap(bound, true).entrySet().stream()
            .filter(each -> each.getKey() instanceof String == bound instanceof String)
            .mapToInt(each -> each.getValue().size()).sum();
    }

    @Override
    public synchronized Iterable<Object> getPositions(Document query) {
        Object value = ExactIndex.valueIn(query, field);
        if (ExactIndex.isPlain(value)) {
            return List.copyOf(positions.getOrDefault(value, Set.of()));
        }
        return positions.headMap(bound(query), true).values().stream().flatMap(Set::stream).toList();
    }

    private Object bound(Document query) {
        return query.get(field) instanceof Document by && by.keySet().equals(Set.of("$lte")) ? by.get("$lte") : null;
    }

    @Override
    public synchronized void add(Document document, Object position, MongoCollection<Object> collection) {
        if (document.get(field) != null) {
            positions.computeIfAbsent(document.get(field), value -> new LinkedHashSet<>()).add(position);
        }
    }

    @Override
    public synchronized void updateInPlace(
        Document before, Document after, Object position, MongoCollection<Object> collection) {
        if (!Objects.equals(before.get(field), after.get(field))) {
            forget(before.get(field), position);
            add(after, position, collection);
        }
    }

    @Override
    public synchronized Object remove(Document document) {
        forget(document.get(field), document.get("_id"));
        return null;
    }

    private void forget(Object value, Object position) {
        Set<Object> there = value == null ? null : positions.get(value);
        if (there != null && there.remove(position) && there.isEmpty()) {
            positions.remove(value);
        }
    }

    @Override
    public synchronized long getCount() {
        return positions.values().stream().mapToLong(Set::size).sum();
    }

    @Override
    public Object getPosition(Document document) {
        return null;
    }

    @Override
    public void checkAdd(Document document, MongoCollection<Object> collection) {
    }

    @Override
    public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
    }

    @Override
    public long getDataSize() {
        return 0;
    }

    @Override
    public void drop() {
    }
}
